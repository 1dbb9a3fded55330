//! Schemas that are not derived: strings with a pattern, and wrappers.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::deserialize::{NameMap, Spanned};

/// Declares types that only exist for their pattern in the schema. The loader checks the same strings with code, which
/// gives better messages. A test compares the two.
macro_rules! text_schema {
    ($($name:ident: $pattern:literal),+ $(,)?) => {$(
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )+};
}

text_schema! {
    RegistryName: "^[a-zA-Z0-9]{5,50}$",
    Segment: "^[^/]+$",
    RegistryIdText: "^/[sS][uU][bB][sS][cC][rR][iI][pP][tT][iI][oO][nN][sS]/",
    SubnetIdText: "^/[sS][uU][bB][sS][cC][rR][iI][pP][tT][iI][oO][nN][sS]/",
    Day: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    Prefix: "^/([0-9]|[12][0-9]|3[0-2])$",
}

/// Implements the schema of a wrapper as that of its content.
macro_rules! schema_of {
    ($($wrapper:ident => $inner:ty),+) => {$(
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                <$inner>::inline_schema()
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                <$inner>::schema_name()
            }
            fn schema_id() -> std::borrow::Cow<'static, str> {
                <$inner>::schema_id()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$inner>::json_schema(generator)
            }
        }
    )+};
}

schema_of!(Spanned => T, NameMap => std::collections::BTreeMap<String, T>);
