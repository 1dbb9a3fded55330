//! The ARM client against a scripted HTTPS server on loopback: real TLS, real tokens, real polling, no waiting.

mod auth;
mod errors;
mod operations;
mod reading;
mod retry;
mod stub;
