"""Compares JSON with a model of the Python SDKs: keys that the model lacks, and values of another type."""

import enum
import re
import sys
import typing
from datetime import datetime


def differences(model, body, at=""):
    """Yields a line for each difference. Both generations of Microsoft's models are read."""
    if not isinstance(body, dict):
        yield f"{at or 'body'} is not an object"
        return
    fields = mapped_fields(model) if hasattr(model, "_attribute_map") else typed_fields(model)
    for key, value in body.items():
        place = f"{at}.{key}" if at else key
        if key not in fields:
            yield f"{place} is not in {model.__name__}"
        elif value is not None:
            yield from of_type(fields[key], value, place)


def typed_fields(model):
    """Returns the types of a newer model by their names on the wire."""
    model({})  # the models work out the names when the first one is made
    types = {}
    for one in reversed(model.__mro__):
        types |= {name: resolved(kind, model) for name, kind in vars(one).get("__annotations__", {}).items()}
    return {field._rest_name: types[name] for name, field in model._attr_to_rest_field.items()}


def resolved(kind, model):
    """Replaces the names of models by the models."""
    if isinstance(kind, typing.ForwardRef):
        kind = kind.__forward_arg__
    if isinstance(kind, str):
        return vars(sys.modules[model.__module__.rsplit(".", 1)[0]])[kind.split(".")[-1]]
    parts = tuple(resolved(part, model) for part in typing.get_args(kind))
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        return typing.Union[parts]
    return origin[parts] if origin else kind


def mapped_fields(model):
    """Returns the types of an older model. A key such as `properties.level` is one of an object inside."""
    fields = {}
    for field in model._attribute_map.values():
        names = re.split(r"(?<!\\)\.", field["key"])
        inner = fields
        for name in names[:-1]:
            inner = inner.setdefault(name, {})
        inner[names[-1].replace("\\", "")] = mapped_type(field["type"], model)
    return fields


def mapped_type(name, model):
    plain = {"str": str, "bool": bool, "int": int, "long": int, "float": float, "object": typing.Any,
             "iso-8601": datetime, "duration": str}
    if name[0] == "[":
        return list[mapped_type(name[1:-1], model)]
    if name[0] == "{":
        return dict[str, mapped_type(name[1:-1], model)]
    return plain.get(name) or vars(sys.modules[model.__module__.rsplit(".", 1)[0]]).get(name, str)


def of_type(kind, value, at):
    """Yields the differences of a value from a type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, dict):
        for key in value.keys() - kind.keys():
            yield f"{at}.{key} is not in the model"
        for key in value.keys() & kind.keys():
            yield from of_type(kind[key], value[key], f"{at}.{key}") if value[key] is not None else ()
    elif kind is typing.Any:
        return
    elif origin is typing.Union:
        # One of several types: the first that fits has no differences.
        found = [list(of_type(part, value, at)) for part in parts if part is not type(None)]
        yield from min(found, key=len)
    elif origin is list and isinstance(value, list):
        for number, item in enumerate(value):
            yield from of_type(parts[0], item, f"{at}[{number}]")
    elif origin is dict and isinstance(value, dict):
        for key, item in value.items():
            yield from of_type(parts[1], item, f"{at}.{key}")
    elif origin is None and is_model(kind):
        yield from differences(kind, value, at)
    elif not fits(kind, value):
        yield f"{at} is {value!r}, not of {getattr(kind, '__name__', kind)}"


def is_model(kind):
    return isinstance(kind, type) and (hasattr(kind, "_attribute_map") or hasattr(kind, "_is_model"))


def fits(kind, value):
    if kind is datetime:
        try:
            datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value).replace("Z", "+00:00"))
        except (TypeError, ValueError):
            return False
        return True
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return isinstance(value, str)
    if kind in (int, float):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(kind, type) and isinstance(value, kind)
