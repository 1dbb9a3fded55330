//! The ARM client: official pipeline and credentials, and JSON-first operations of our own on top.
//!
//! JSON goes in and comes out, because typed models lose what they do not know: unknown fields, empty lists
//! and subnet rules. Every request carries the run's correlation id, every error the ids to quote to Azure's
//! support, and no operation outlives its deadline.

mod api_versions;
mod connect;
mod endpoint_body;
mod error;
mod fair;
mod lists;
mod operation;
mod resources;
mod send;
mod sign_in;
mod surroundings;

pub use connect::causes::TransportKind;
pub use connect::cloud::{Cloud, CloudName, UnknownCloud};
pub use connect::env::Env;
pub(crate) use connect::proxy::proxy_url_fault;
pub use connect::{Connection, Pace};
pub(crate) use endpoint_body::endpoint_state;
pub use endpoint_body::{CONTAINER_REGISTRY, lists_endpoint, subnet_with_endpoint};
pub use error::body::{ErrorBody, ErrorDetail};
pub use error::write::WriteError;
pub use error::{ArmError, NotSent, RequestIds};
pub use fair::{by_subscription, side_by_side};
pub use lists::Pages;
pub use resources::Fetched;
pub use send::client::ArmClient;
pub(crate) use send::deadline::Deadline;
pub use send::kind::RequestKind;
pub use send::observer::{AnsweredRequest, NoObserver, RequestObserver, WaitEvent};
pub use send::waits::Waits;
pub use sign_in::method::{AuthMethod, Picked, UnknownAuthMethod};
pub use surroundings::Surrounding;
