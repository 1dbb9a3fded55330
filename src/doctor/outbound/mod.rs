//! The way of a packet out of a subnet: which rule of the security group decides, and which route it takes.
//!
//! Both are decided for service tags, because the addresses behind them change weekly (docs: service-tags-overview). A tag may
//! have any public address, so what names ranges decides about a part of it, and ranges that together have every public address
//! decide about the whole.

mod cover;
mod obstacles;
mod routes;
mod security;
mod target;

pub(crate) use obstacles::{detours, obstacles};
pub(crate) use routes::doubtful_route;
pub(crate) use target::{Target, private_target, targets};
