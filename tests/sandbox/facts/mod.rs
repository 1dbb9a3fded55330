//! Facts about Azure, each with its source, held against the sandbox over real HTTPS.

mod clients;
mod egress;
mod governance;
mod hostile;
mod hostile_network;
mod http;
mod lifecycle;
mod network;
mod networks;
mod passing;
mod patch;
mod permissions;
mod providers;
mod server;
mod skus;
mod state;
mod state_file;
mod surroundings;
mod terraform;
mod versions;
pub(crate) mod wire;
