//! `ringfence doctor`: logs, and a lab of networks that are broken in one way each.

mod around;
mod beside_az;
mod causes;
mod dns_server;
mod healthy;
mod hostile;
mod lab;
mod log;
mod output;
mod private_names;
mod pull_identities;
mod servers;
mod tokens;
mod unread;
