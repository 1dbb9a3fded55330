//! Schemas that are not derived: strings with a pattern, and wrappers.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::deserialize::{NameMap, Spanned};
use super::text_pattern;

/// Declares types that only exist for their pattern in the schema, with the message of an editor about another text. The
/// loader checks the same strings with code, which gives better messages. A test compares the two.
macro_rules! text_schema {
    ($($name:ident: $pattern:expr, $message:literal;)+) => {$(
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string", "pattern": format!("^(?:{})$", $pattern), "patternErrorMessage": $message
                })
            }
        }
    )+};
}

text_schema! {
    RegistryName: "[a-zA-Z0-9]{5,50}", "expected 5 to 50 letters and digits, without `.azurecr.io`";
    Segment: "[^/]+", "expected a text without a slash";
    RegistryIdText: text_pattern::registry_id(),
        "expected the resource id of a registry: `az acr show -n NAME --query id` prints it";
    SubnetIdText: text_pattern::subnet_id(),
        "expected the resource id of a subnet: `az network vnet subnet show --query id` prints it";
    SubnetText: [text_pattern::subnet_id(), text_pattern::name()].join("|"),
        "expected the resource id of a subnet, or a name from `subnets`";
    Address: text_pattern::address(),
        "expected an IPv4 address, or a CIDR range without host bits";
    AddressOrName: [text_pattern::address(), text_pattern::name()].join("|"),
        "expected an IPv4 address, a CIDR range without host bits, or a name from `networks`";
    ClientText: [text_pattern::address(), text_pattern::subnet_id(), text_pattern::name()].join("|"),
        "expected an IPv4 address, a CIDR range without host bits, the resource id of a subnet, or a name";
    CaseName: "[\\s\\S]*\\S[\\s\\S]*", "expected a name";
    ReasonText: "[\\s\\S]*\\S[\\s\\S]*", "expected a reason";
    Day: "[0-9]{4}-[0-9]{2}-[0-9]{2}", "expected a day as YYYY-MM-DD";
    Prefix: "/(?:[0-9]|[12][0-9]|3[0-2])", "expected a prefix length with its slash, from /0 to /32";
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
