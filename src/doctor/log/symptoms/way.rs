//! Words about the way to a registry: DNS, TCP, TLS, proxies, and the host of the layers.

use crate::doctor::causes::{N1, N2, N3, N5B, N11, NC1, NX5};
use crate::doctor::log::symptom::Origin::{Layers, Named, OnlyRegistries, Unnamed};
use crate::doctor::log::symptom::{Symptom, alone, followed};
use crate::doctor::types::Confidence::{High, Low, Medium};

/// The end of a request that did not come through.
const FAILED_REQUEST: &[&str] = &[
    ": EOF",
    "i/o timeout",
    ": 403",
    "no such host",
    "connection refused",
    "connection reset",
    "timed out",
    "timeout exceeded",
];

pub(super) static WAY: &[Symptom] = &[
    // DNS.
    followed(
        &["lookup"],
        // The last two are of the DNS server.
        &[
            "no such host",
            "server misbehaving",
            ":53: i/o timeout",
            ":53: read: connection refused",
        ],
        Named,
        &[(N1, High)],
    ),
    alone(&["CONNECTIVITY_DNS_ERROR"], OnlyRegistries, &[(N1, High)]),
    alone(
        &[
            "could not resolve host",
            "name or service not known",
            "temporary failure in name resolution",
            "getaddrinfo ENOTFOUND",
            "getaddrinfo EAI_AGAIN",
            ": NXDOMAIN",
            "no such host is known",
            "remote name could not be resolved",
            "unable to resolve host address",
            "java.net.UnknownHostException",
            ": Non-existent domain",
            ": SERVFAIL",
            // Windows in French, German and Japanese. Without letters that its older encodings have elsewhere, where that is enough.
            "le nom distant n'a pas pu",
            "hôte inconnu.",
            "der Remotename konnte nicht aufgel",
            "es ist kein solcher Host bekannt",
            "der angegebene Host ist unbekannt",
            "リモート名を解決できませんでした",
            "そのようなホストは不明です",
        ],
        Named,
        &[(N1, High)],
    ),
    // TCP, TLS and proxies.
    followed(
        &["dial tcp"],
        &[":443: i/o timeout", ":443: connect: connection timed out"],
        Named,
        &[(N2, Medium), (N11, Medium)],
    ),
    alone(
        &[
            "Client.Timeout exceeded while awaiting headers",
            "request canceled while waiting for connection",
            "TLS handshake timeout",
            "context deadline exceeded",
            "Client.Timeout or context cancellation while reading body",
            "connection timed out",
            "ConnectTimeout",
            // Windows in English, French, German and Japanese.
            ":443: connectex: a connection attempt failed",
            "car le parti connect",
            "da die Gegenstelle nach einer bestimmten Zeitspanne nicht",
            "接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかった",
        ],
        Named,
        &[(N2, Medium)],
    ),
    alone(
        &[
            "host is not reachable",
            "no route to host",
            "network is unreachable",
        ],
        Named,
        &[(N11, Medium), (N2, Low)],
    ),
    followed(
        &["certificate is valid for *.azurecr."],
        &["privatelink"],
        OnlyRegistries,
        &[(N11, High)],
    ),
    alone(
        &[
            "certificate signed by unknown authority",
            "CERTIFICATE_VERIFY_FAILED",
            "unable to get local issuer certificate",
            "self-signed certificate",
            "self signed certificate",
            "certificate has expired or is not yet valid",
            "server gave HTTP response to HTTPS client",
            "remote error: tls:",
            "first record does not look like a TLS handshake",
            "unable to find valid certification path",
            ":443: read: connection reset by peer",
        ],
        Named,
        &[(N3, Medium), (NC1, Medium)],
    ),
    alone(
        &[
            "azurecr.io/v2/: EOF",
            "azurecr.cn/v2/: EOF",
            "azurecr.us/v2/: EOF",
        ],
        OnlyRegistries,
        &[(N3, Medium), (NC1, Medium)],
    ),
    followed(
        &["x509: certificate is valid for"],
        &[".azurecr.io", ".azurecr.cn", ".azurecr.us"],
        OnlyRegistries,
        &[(N3, Medium), (NC1, Medium)],
    ),
    alone(
        &[
            ":443: connect: connection refused",
            // Windows in English, French, German and Japanese.
            ":443: connectex: no connection could be made",
            "car l'ordinateur cible l'a express",
            "da der Zielcomputer die Verbindung verweigerte",
            "対象のコンピューターによって拒否された",
        ],
        Named,
        &[(N3, Medium)],
    ),
    alone(
        &[
            "Proxy Authentication Required",
            "CONNECT tunnel failed, response 407",
            "received HTTP code 407 from proxy",
        ],
        Named,
        &[(NC1, High)],
    ),
    alone(
        &["CONNECTIVITY_SSL_ERROR"],
        OnlyRegistries,
        &[(N3, Medium), (NC1, Medium)],
    ),
    alone(&["proxyconnect tcp:"], Unnamed, &[(N5B, High)]),
    alone(
        &["could not connect to the registry login server"],
        OnlyRegistries,
        &[(N3, High)],
    ),
    // The host of the layers.
    followed(
        &["docker/registry/v2/blobs"],
        FAILED_REQUEST,
        Layers,
        &[(NX5, High), (NC1, Medium)],
    ),
    followed(
        &[".data.azurecr.io", ".data.azurecr.cn", ".data.azurecr.us"],
        FAILED_REQUEST,
        OnlyRegistries,
        &[(NX5, High), (NC1, Medium)],
    ),
];
