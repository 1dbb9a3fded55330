//! A reference model of planning, written from the documentation of Azure and from the rules of a spec. It shares no code
//! with the library: texts in, sets and answers out.

pub(crate) mod addresses;
pub(crate) mod decide;
pub(crate) mod draw;
pub(crate) mod state;
pub(crate) mod wanted;
