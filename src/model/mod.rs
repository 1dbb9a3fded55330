//! Nouns that every part shares: resource ids, addresses, rules, settings, and the access that settings give.
//!
//! Nothing here knows HTTP, the clock, the environment or how to print.

mod access;
mod address;
mod error_code;
mod failure;
mod limits;
mod resource_id;
mod rule;
mod setting;
mod settings;
mod text;
mod unread;
mod unseen;

pub use access::{
    Access, Admitted, Client, DecidedBy, Decision, DefaultAction, Mode, OtherClient,
    PublicNetworkAccess, decide,
};
pub(crate) use access::{Comparison, Gate, admits_in_part};
pub use address::{AddressSet, Cidr, CidrError, containers, lasting_containers, merged_ranges};
pub use error_code::ErrorCode;
pub use failure::{Failure, FailureKind};
pub use limits::{A_YEAR, SURE_RULES};
pub use resource_id::{RegistryId, ResourceId, ResourceIdError, SubnetId, valid_registry_name};
pub use rule::{Rule, RuleTarget};
pub use setting::{
    LEASES_PATH, SERVICE_ENDPOINTS_PATH, Setting, SettingFacts, SettingKind, bypass_word,
};
pub use settings::{SettingValue, Settings};
pub(crate) use text::is_zero;
pub use text::{
    JsonText, ProxyUrlFault, as_utf8, check_keys, grouped, is_host_name, shell_word, strict_json,
    utf8_text,
};
pub use unread::unread_part;
pub use unseen::acts_unseen;
