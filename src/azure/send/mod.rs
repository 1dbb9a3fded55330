//! Sends one ARM request: pipeline, retries, the response.

pub(crate) mod attempts;
pub(crate) mod client;
pub(crate) mod observer;
pub(crate) mod pipeline;
pub(crate) mod response;
pub(crate) mod retry;
