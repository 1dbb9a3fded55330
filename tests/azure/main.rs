//! The ARM client against a scripted HTTPS server on loopback (real TLS, real tokens, real polling, no waiting),
//! and recorded answers of Azure.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod auth;
mod egress;
mod errors;
mod lists;
mod logs;
#[path = "../support/loopback_tls.rs"]
mod loopback_tls;
mod operations;
mod reading;
#[path = "../support/recording_files.rs"]
mod recording_files;
mod recordings;
mod retry;
mod stub;
