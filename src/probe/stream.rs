//! Streams of bytes, with and without TLS.

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection that bytes can be read from and written to.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Any stream.
pub(super) type AnyStream = Box<dyn Stream>;
