//! Closes connections that send no byte in time.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Accepts as `inner` does, and limits the time until the first byte.
#[derive(Clone)]
pub(crate) struct FirstByteTimeout<A> {
    pub(crate) inner: A,
    pub(crate) time: Duration,
}

/// A connection whose reads fail with [`io::ErrorKind::TimedOut`] if its first byte does not come in time.
pub(crate) struct Waiting<T> {
    stream: T,
    /// `None` after the first byte.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<A, I, S> Accept<I, S> for FirstByteTimeout<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Waiting<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepting, time) = (self.inner.accept(stream, service), self.time);
        Box::pin(async move {
            let (stream, service) = accepting.await?;
            let deadline = Some(Box::pin(sleep(time)));
            Ok((Waiting { stream, deadline }, service))
        })
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Waiting<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            // Data, an end and an error all show that the client is not silent.
            self.deadline = None;
            return Poll::Ready(read);
        }
        let Some(deadline) = self.deadline.as_mut() else {
            return Poll::Pending;
        };
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Waiting<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn waiting(stream: tokio::io::DuplexStream, time: Duration) -> Waiting<tokio::io::DuplexStream> {
        let deadline = Some(Box::pin(sleep(time)));
        Waiting { stream, deadline }
    }

    #[tokio::test]
    async fn silent_connection_ends_and_first_byte_keeps_it() {
        let (_quiet, server) = duplex(16);
        let ended = waiting(server, Duration::ZERO).read_u8().await;
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);

        let (mut client, server) = duplex(16);
        let mut server = waiting(server, Duration::ZERO);
        client.write_all(b"a").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'a');
        assert!(server.deadline.is_none());
    }
}
