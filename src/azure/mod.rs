//! The ARM client: official pipeline and credentials, and six JSON-first operations of our own on top.
//!
//! JSON goes in and comes out, because typed models lose what they do not know: unknown fields, empty lists
//! and subnet rules. Every request carries the run's correlation id, every error the ids to quote to Azure's
//! support, and no operation outlives its deadline.

mod attempts;
mod auth;
mod client;
mod cloud;
mod connection;
mod credential;
mod error;
mod fault;
mod help;
mod http;
mod lro;
mod observer;
mod oidc;
mod operations;
mod pipeline;
mod poll;
mod reply;
mod retry;
mod sign_in;
mod subnet;
mod versions;
mod write;

pub use attempts::Attempts;
pub use auth::{AuthMethod, Picked, UnknownAuthMethod};
pub use client::ArmClient;
pub use cloud::{Cloud, CloudName, UnknownCloud};
pub use connection::{Connection, Env, Pace};
pub use error::{ArmError, RequestIds};
pub use fault::{Detail, Fault};
pub use observer::{Event, Observer, Silent};
pub use operations::Fetched;
pub use subnet::{CONTAINER_REGISTRY, lists_endpoint, subnet_with_endpoint};
pub use write::WriteError;
