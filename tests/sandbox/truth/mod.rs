//! Input that Azure does not ignore is not ignored here either.

mod edges;
mod headers;
mod ignored;
mod lists;
mod nonsense;
