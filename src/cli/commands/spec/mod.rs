//! The commands that write, check and compare specs.

mod diff;
mod fmt;
mod import;
mod init;
mod validate;

pub(crate) use diff::DiffArgs;
pub(crate) use fmt::FmtArgs;
pub(crate) use import::ImportArgs;
pub(crate) use init::InitArgs;
pub(crate) use validate::ValidateArgs;
