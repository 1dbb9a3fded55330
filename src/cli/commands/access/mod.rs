//! The commands that give access for a while.

mod close;
mod open;
mod with_access;

pub(crate) use close::CloseArgs;
pub(crate) use open::OpenArgs;
pub(crate) use with_access::WithAccessArgs;
