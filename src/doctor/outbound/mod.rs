//! The way of a packet out of a subnet: which rule of the security group decides, and which route it takes.
//!
//! Both are decided for service tags, because the addresses behind them change weekly (docs: service-tags-overview).
//! What names single addresses of a tag decides about a part of it.

mod cover;
mod obstacles;
mod routes;
mod security;
mod target;

pub(crate) use obstacles::{detours, obstacles};
pub(crate) use target::{Target, targets};
