//! The HTTPS server: connections, certificates, the request log.

pub(crate) mod client_env;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod first_byte_timeout;
pub(crate) mod own_names;
pub(crate) mod ready;
pub(crate) mod request_body;
pub(crate) mod request_hook;
pub(crate) mod request_log;
pub(crate) mod shared;
pub(crate) mod start;
pub(crate) mod throttle;
pub(crate) mod tls;
