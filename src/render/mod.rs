//! Values to text. Nothing is decided here, and nothing printed is trusted.

pub mod diagnostic;
mod harmless;

pub use harmless::harmless;
