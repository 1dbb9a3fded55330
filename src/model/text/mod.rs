//! Texts: how they come in, and how values are written as text.

mod grouped;
mod host_name;
mod json_text;
mod proxy_url;
mod shell;
mod strict_json;
mod utf16;

pub use grouped::grouped;
pub(crate) use grouped::is_zero;
pub use host_name::is_host_name;
pub use json_text::JsonText;
pub use proxy_url::ProxyUrlFault;
pub use shell::shell_word;
pub use strict_json::{check_keys, strict_json};
pub use utf16::{as_utf8, utf8_text};
