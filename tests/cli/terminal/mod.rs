//! The binary on a terminal: progress, the question and interruptions, as an emulator shows them.

mod access;
mod asking;
pub(crate) mod emulator;
mod picture;
mod progress;
mod question;
