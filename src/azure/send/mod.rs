//! Sends one ARM request: pipeline, retries, the response.

pub(crate) mod client;
pub(crate) mod deadline;
mod governor;
pub(crate) mod kind;
pub(crate) mod observer;
pub(crate) mod pipeline;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod stop;
pub(crate) mod waits;
