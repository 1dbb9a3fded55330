//! Goes through the fields of a struct, and the elements of a list, while it is serialised: each part is gone before the next one.

use serde::ser::{Error as _, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Error, Result};

/// A receiver of parts.
pub(super) trait Parts {
    /// Takes a field of a struct.
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<()>;
    /// Takes an element of a list.
    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<()>;
}

/// Gives the parts of a value to a receiver. A value that is left out has none.
pub(super) struct Walk<'a, P>(pub(super) &'a mut P);

fn has_no_parts() -> Error {
    Error::custom("neither a struct nor a list")
}

/// Refuses values without parts.
macro_rules! refuse {
    ($($method:ident($($given:ty),*) -> $compound:ty;)*) => {
        $(fn $method(self, $(_: $given),*) -> Result<$compound> {
            Err(has_no_parts())
        })*
    };
}

impl<P: Parts> Serializer for Walk<'_, P> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeStruct = Self;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_seq(self, _: Option<usize>) -> Result<Self> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_none(self) -> Result<()> {
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()> {
        Err(has_no_parts())
    }

    refuse! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

impl<P: Parts> SerializeSeq for Walk<'_, P> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<()> {
        self.0.element(value)
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}

impl<P: Parts> SerializeStruct for Walk<'_, P> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.0.field(name, value)
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}
