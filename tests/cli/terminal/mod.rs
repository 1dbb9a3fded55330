//! The binary on a terminal: progress, the question and interruptions, as an emulator shows them.

#[cfg(target_os = "linux")]
mod around;
mod asking;
pub(crate) mod emulator;
mod picture;
mod progress;
mod question;
