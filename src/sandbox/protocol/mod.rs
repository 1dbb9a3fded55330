//! ARM requests and answers: paths, bodies, headers, errors, paging, filters.

pub(crate) mod call;
pub(crate) mod duration;
pub(crate) mod echo;
pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod headers;
pub(crate) mod host;
pub(crate) mod json;
pub(crate) mod paging;
pub(crate) mod path;
pub(crate) mod preconditions;
pub(crate) mod request;
pub(crate) mod response;
