//! Servers on loopback that stand in the place of a registry, or of a proxy on the way to it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConnection, StreamOwned};
use tokio::net::TcpSocket;

use crate::loopback_tls::loopback_tls;

/// Nothing listens here.
pub(super) const CLOSED: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

/// The answers of a server, by the beginning of the path.
pub(super) type Answers = Vec<(&'static str, String)>;

/// A server with a certificate for these names.
pub(super) struct Impostor {
    pub(super) address: SocketAddr,
    /// Its certificate authority, in PEM.
    pub(super) ca_pem: String,
}

impl Impostor {
    /// Starts a server whose certificate `issuer` has issued.
    pub(super) fn start(issuer: &str, names: &[&str], answers: Answers) -> Self {
        let (config, ca_pem) = loopback_tls(issuer, names);
        let config = Arc::new(config);
        let address = serve(move |stream| {
            let tls = ServerConnection::new(config.clone()).expect("the settings are valid");
            let mut stream = StreamOwned::new(tls, stream);
            if let Some(head) = read_head(&mut stream) {
                let path = head.split_whitespace().nth(1).unwrap_or_default();
                let answer = answers.iter().find(|(known, _)| path.starts_with(known));
                let answer = answer.map_or("HTTP/1.1 404 Not Found\r\n\r\n", |(_, answer)| answer);
                let _ = stream.write_all(answer.as_bytes());
                let _ = stream.flush();
            }
        });
        Self { address, ca_pem }
    }
}

/// Serves each connection in a thread, until the process ends.
fn serve(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of loopback");
    let address = listener.local_addr().expect("a bound socket has an address");
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = handle.clone();
            thread::spawn(move || handle(stream));
        }
    });
    address
}

/// Reads the head of a request.
fn read_head(stream: &mut impl Read) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// A server that accepts connections and never says a word.
pub(super) fn silent() -> SocketAddr {
    serve(|mut stream| {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    })
}

/// A server that closes each connection after its first bytes.
pub(super) fn closing() -> SocketAddr {
    serve(|mut stream| {
        let _ = stream.read(&mut [0; 64]);
    })
}

/// An address whose connections stay without an answer: the queue of the listener is full.
pub(super) fn blackhole(
    runtime: &tokio::runtime::Runtime,
) -> (SocketAddr, Vec<tokio::task::JoinHandle<()>>) {
    let _inside = runtime.enter();
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a port");
    let listener = socket.listen(1).expect("it listens");
    let address = listener.local_addr().expect("an address");
    // More connections than the queue has room for. They stay open while the tasks live.
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let stream = TcpStream::connect(address).expect("the queue has room");
        tasks.push(runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(stream);
        }));
    }
    tasks.push(runtime.spawn(async move {
        std::future::pending::<()>().await;
        drop(listener);
    }));
    (address, tasks)
}

/// An HTTP proxy that answers every CONNECT with this status line, and with 200 connects to `target`.
pub(super) fn proxy(status: &'static str, target: SocketAddr) -> SocketAddr {
    serve(move |mut client| {
        // A TLS handshake is no request.
        let mut first = [0];
        if client.peek(&mut first).is_ok() && first == [22] {
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return;
        }
        if read_head(&mut client).is_none() {
            return;
        }
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        if client.write_all(head.as_bytes()).is_ok() && status.starts_with("200") {
            join(client, target);
        }
    })
}

/// A SOCKS proxy of version 5 that wants no login, and connects to `target` whatever it is asked for.
pub(super) fn socks_proxy(target: SocketAddr) -> SocketAddr {
    serve(move |mut client| {
        // RFC 1928: the methods of the client, then a request with a name of this length and a port.
        let (mut head, mut name) = ([0; 2], [0; 257]);
        if client.read_exact(&mut head).is_err() || head[0] != 5 {
            return;
        }
        let methods = usize::from(head[1]);
        let mut asked = [0; 5];
        if client.read_exact(&mut name[..methods]).is_ok()
            && client.write_all(&[5, 0]).is_ok()
            && client.read_exact(&mut asked).is_ok()
            && client.read_exact(&mut name[..usize::from(asked[4]) + 2]).is_ok()
            && client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).is_ok()
        {
            join(client, target);
        }
    })
}

/// Copies bytes in both directions.
fn join(client: TcpStream, target: SocketAddr) {
    let Ok(server) = TcpStream::connect(target) else {
        return;
    };
    let (mut from_client, mut to_server) = (
        client.try_clone().expect("a handle"),
        server.try_clone().expect("a handle"),
    );
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    });
    let (mut server, mut client) = (server, client);
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Write);
}

/// Returns an answer with this status line and body.
pub(super) fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// Returns the 401 of a registry.
pub(super) fn challenge(host: &str) -> String {
    let header =
        format!("WWW-Authenticate: Bearer realm=\"https://{host}/oauth2/token\",service=\"{host}\"\r\n");
    http("401 Unauthorized", "{}").replacen("\r\n", &format!("\r\n{header}"), 1)
}

/// Returns the 403 of a registry's firewall (docker/login-action#705).
pub(super) fn denial(address: &str) -> String {
    let body = format!(
        r#"{{"errors":[{{"code":"DENIED","message":"client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."}}]}}"#
    );
    http("403 Forbidden", &body)
}
