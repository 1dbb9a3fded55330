//! Nouns that every part shares: resource ids, addresses, rules, settings, and the access that settings give.
//!
//! Nothing here knows HTTP, the clock, the environment or how to print.

mod access;
mod address;
mod error_code;
mod failure;
mod grouped;
mod host_name;
mod json_text;
mod limits;
mod proxy_url;
mod resource_id;
mod rule;
mod setting;
mod settings;
mod shell;
mod strict_json;
mod unread;
mod unseen;
mod utf16;

pub use access::{
    Access, Admitted, Client, DecidedBy, Decision, DefaultAction, Mode, OtherClient,
    PublicNetworkAccess, decide,
};
pub(crate) use access::{Comparison, Gate, admits_in_part};
pub use address::{AddressSet, Cidr, CidrError, containers, lasting_containers, merged_ranges};
pub use error_code::ErrorCode;
pub use failure::{Failure, FailureKind};
pub use grouped::grouped;
pub(crate) use grouped::is_zero;
pub use host_name::is_host_name;
pub use json_text::JsonText;
pub use limits::{A_YEAR, SURE_RULES};
pub use proxy_url::ProxyUrlFault;
pub use resource_id::{RegistryId, ResourceId, ResourceIdError, SubnetId, valid_registry_name};
pub use rule::{Rule, RuleTarget};
pub use setting::{
    LEASES_PATH, SERVICE_ENDPOINTS_PATH, Setting, SettingFacts, SettingKind, bypass_word,
};
pub use settings::{SettingValue, Settings};
pub use shell::shell_word;
pub use strict_json::{check_keys, strict_json};
pub use unread::unread_part;
pub use unseen::acts_unseen;
pub use utf16::{as_utf8, utf8_text};
