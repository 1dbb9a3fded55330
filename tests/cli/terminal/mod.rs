//! The binary on a terminal: progress, the question and interruptions, as an emulator shows them.

pub(crate) mod emulator;
mod picture;
mod progress;
mod question;
