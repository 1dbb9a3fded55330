//! Rules about the way to the registry: DNS, proxy, TCP and TLS.

use std::net::{IpAddr, SocketAddr};

use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{LC2, N1, N2, N3, N5B, NC1, NX4, NX9};
use crate::doctor::facts::{
    ConnectionAttempt, Lookup, LookupOutcome, NoAnswer, Observations, RegistryView, Tls, TlsOutcome,
    Tunnel, Via,
};
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::{self, High, Low, Medium};
use crate::model::FailureKind;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: LC2,
        find: no_such_registry,
        steps: &[Step::Registry, Step::Dns, Step::Answer],
    },
    CauseRule {
        cause: N1,
        find: name_without_address,
        steps: &[Step::Dns],
    },
    CauseRule {
        cause: NX4,
        find: mixed_addresses,
        steps: &[Step::Dns],
    },
    CauseRule {
        cause: NC1,
        find: proxy_refuses,
        steps: &[Step::Proxy],
    },
    CauseRule {
        cause: N5B,
        find: proxy_does_not_work,
        steps: &[Step::Proxy, Step::Tcp],
    },
    CauseRule {
        cause: N5B,
        find: proxy_of_the_daemon_does_not_work,
        steps: &[Step::Docker],
    },
    CauseRule {
        cause: N2,
        find: no_answer_in_time,
        steps: &[Step::Tcp, Step::Tls, Step::Answer],
    },
    CauseRule {
        cause: N3,
        find: cannot_connect,
        steps: &[Step::Tcp, Step::Tls, Step::Answer],
    },
    CauseRule {
        cause: NX9,
        find: closed_at_the_name,
        steps: &[Step::Tls],
    },
];

/// Returns the way to the login server, if it does not lead through a proxy, which looks names up itself.
pub(super) fn direct_lookup(facts: &Observations) -> Option<&Lookup> {
    let endpoint = facts.login_server.as_ref()?;
    match &endpoint.connection {
        Some(connection) if connection.has_proxy() => None,
        _ => Some(&endpoint.lookup),
    }
}

pub(super) fn is_missing_in_azure(facts: &Observations) -> bool {
    matches!(&facts.registry, RegistryView::Unread(failure) if failure.kind == FailureKind::NotFound)
}

fn no_such_registry(facts: &Observations) -> Option<Evidence> {
    let endpoint = facts.login_server.as_ref()?;
    let no_name = direct_lookup(facts)?.outcome == LookupOutcome::NoSuchName;
    let no_host = facts.answer().is_some_and(|answer| answer.status == 404);
    // A host that answers is there, whatever a name check says.
    let free = facts.name_is_free == Some(true) && facts.answer().is_none();
    if !is_missing_in_azure(facts) || !(no_name || no_host || free) {
        return None;
    }
    let mut found = Evidence::cause(High).fact("Azure", "this account sees no such registry");
    if free {
        found = found.fact("name check", "no registry of this cloud has the name");
    }
    if no_name {
        found = found.fact("DNS", format!("there is no name `{}`", endpoint.host));
    }
    Some(match no_host {
        true => found.fact("GET /v2/", 404),
        false => found,
    })
}

fn name_without_address(facts: &Observations) -> Option<Evidence> {
    let lookup = direct_lookup(facts)?;
    let confidence = match &lookup.outcome {
        LookupOutcome::Answered | LookupOutcome::NotAsked => return None,
        LookupOutcome::NoSuchName if is_missing_in_azure(facts) => Low,
        LookupOutcome::NoSuchName | LookupOutcome::NoAddress => High,
        LookupOutcome::Refused(_) | LookupOutcome::TimedOut | LookupOutcome::Failed(_) => Medium,
    };
    let mut found = of_server(Evidence::cause(confidence), lookup);
    found = found.fact("DNS", lookup.outcome.in_words());
    if !lookup.servers.is_empty() {
        found = found.fact("DNS servers", lookup.servers.join(", "));
    }
    if !lookup.aliases.is_empty() {
        found = found.fact("alias of", lookup.aliases.join(", "));
    }
    if lookup.is_private_link() {
        let zone = "a private DNS zone is linked here and has no record for the registry";
        found = found.fact("private endpoint", zone);
    }
    Some(found)
}

/// Adds what helps where the DNS server is the cause, and the command that asks the same server.
fn of_server(found: Evidence, lookup: &Lookup) -> Evidence {
    let asking = match lookup.servers.first().and_then(|server| at_server(server)) {
        Some(server) => format!("`nslookup {server}`"),
        None => "`nslookup {registry}`".to_owned(),
    };
    match lookup.outcome {
        LookupOutcome::Refused(_) | LookupOutcome::TimedOut | LookupOutcome::Failed(_) => found
            .because("the DNS server gives no answer for the name: it is down, it refuses this client, or the server that it asks fails")
            .remedy(format!("ask the server itself: {asking}"))
            .remedy("compare with another server: `ringfence doctor {registry} --dns-server ADDRESS`")
            .remedy("mend the server, or what it forwards the name to; inside of Azure that is 168.63.129.16")
            .only_these(),
        // The first remedy of the cause asks the servers of the system.
        _ => {
            let mut found = found.remedy(format!("look the name up: {asking}"));
            for remedy in N1.remedies.iter().skip(1) {
                found = found.remedy(*remedy);
            }
            found.only_these()
        }
    }
}

/// Returns the words with which `nslookup` asks this server, as it is shown.
fn at_server(server: &str) -> Option<String> {
    if server.parse::<IpAddr>().is_ok() {
        return Some(format!("{{registry}} {server}"));
    }
    let server: SocketAddr = server.parse().ok()?;
    Some(format!("-port={} {{registry}} {}", server.port(), server.ip()))
}

fn mixed_addresses(facts: &Observations) -> Option<Evidence> {
    let lookup = direct_lookup(facts)?;
    let private = lookup.private_addresses();
    if private == 0 || private == lookup.addresses.len() {
        return None;
    }
    Some(Evidence::cause(Medium).fact("addresses", lookup.addresses_in_words()))
}

fn proxy_refuses(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    let answer = match connection.tunnel? {
        Tunnel::WantsCredentials => "407: it wants credentials".to_owned(),
        Tunnel::Refused(status) => format!("{status}: it does not let this host through"),
        Tunnel::Open | Tunnel::Closed | Tunnel::TimedOut | Tunnel::NotOpened | Tunnel::BadUrl(_) => {
            return None;
        }
    };
    let found = Evidence::cause(High)
        .fact("proxy", connection.via.in_words())
        .fact("its answer to CONNECT", answer);
    Some(found.remedy(match connection.tunnel? {
        Tunnel::WantsCredentials => {
            "give the proxy's URL its user and password, for this client and for the Docker daemon"
        }
        _ => "let the proxy pass the hosts that `ringfence endpoints` lists, or name the registry in NO_PROXY",
    }))
}

fn proxy_does_not_work(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    let why = broken_proxy(connection).filter(|_| connection.has_proxy())?;
    let found = Evidence::cause(High)
        .fact("proxy", connection.via.in_words())
        .fact("outcome", why);
    // A proxy that hangs may have a right URL.
    Some(match connection.tunnel {
        Some(Tunnel::TimedOut) => found
            .because("the proxy takes connections and does not answer: it hangs, or its own way to the registry is blocked")
            .remedy("ask the owner of the proxy: it has to connect to {registry} on port 443")
            .remedy("or name the registry in `NO_PROXY`, if it is reached without a proxy")
            .only_these(),
        _ => own_proxy(found, &connection.via),
    })
}

fn proxy_of_the_daemon_does_not_work(facts: &Observations) -> Option<Evidence> {
    let mut daemons = facts.docker.proxies.iter();
    let broken = daemons.find(|proxy| proxy.of_daemon && proxy.tunnel.is_some_and(Tunnel::is_broken))?;
    let found = Evidence::cause(High)
        .fact(
            "proxy of the Docker daemon",
            format!("{} ({})", broken.url, broken.set_by),
        )
        .fact("outcome", broken.tunnel.map(Tunnel::in_words).unwrap_or_default());
    Some(found)
}

/// Adds what helps where the environment of this process sets the proxy, and not the Docker daemon.
fn own_proxy(found: Evidence, via: &Via) -> Evidence {
    let set_by = match via {
        Via::Proxy { set_by, .. } => set_by.as_str(),
        Via::Direct => "HTTPS_PROXY",
    };
    let correct = format!(
        "correct `{set_by}`: the URL of an HTTP proxy begins with http://, also for HTTPS traffic"
    );
    found
        .remedy(correct)
        .remedy("or name the registry in `NO_PROXY`, if it is reached without a proxy")
        .only_these()
}

/// Says why a proxy does not work, or returns `None` if it does or if it answers with a refusal.
fn broken_proxy(connection: &ConnectionAttempt) -> Option<String> {
    match connection.tunnel {
        Some(tunnel) => tunnel.is_broken().then(|| tunnel.in_words()),
        None => (!connection.is_connected()).then(|| connection.tcp_in_words()),
    }
}

fn no_answer_in_time(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    if !connection.is_connected() {
        let private = direct_lookup(facts).is_some_and(Lookup::is_private);
        let silent = !connection.has_proxy() && !private && connection.is_silent();
        return silent.then(|| Evidence::cause(High).fact("TCP", connection.tcp_in_words()));
    }
    if let Some(Tls {
        outcome: TlsOutcome::TimedOut,
        ..
    }) = &connection.tls
    {
        return Some(Evidence::cause(Medium).fact("TLS", "no answer in time"));
    }
    match &connection.answer {
        Some(Err(NoAnswer::TimedOut)) => {
            Some(Evidence::cause(Medium).fact("GET /v2/", "no answer in time"))
        }
        _ => None,
    }
}

fn cannot_connect(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    if !connection.is_connected() {
        let private = direct_lookup(facts).is_some_and(Lookup::is_private);
        let other =
            connection.has_proxy() || private || connection.is_silent() || connection.tcp.is_empty();
        return (!other).then(|| Evidence::cause(High).fact("TCP", connection.tcp_in_words()));
    }
    // The certificate of a private zone's name is told by a rule of its own.
    if is_private_zone_name(facts) {
        return None;
    }
    if let Some(tls) = &connection.tls
        && let Some(confidence) = tls_confidence(tls)
    {
        return Some(refused_certificate(tls, confidence));
    }
    match connection.answer.as_ref()? {
        Err(NoAnswer::TimedOut) => None,
        Err(error) => Some(Evidence::cause(Medium).fact("GET /v2/", error.in_words())),
        // A host that answers was reached.
        Ok(_) => None,
    }
}

/// Returns true if the name of the private zone was asked for, which no certificate has.
pub(super) fn is_private_zone_name(facts: &Observations) -> bool {
    let tls = facts.connection().and_then(|connection| connection.tls.as_ref());
    let wrong = tls.is_some_and(|tls| tls.outcome == TlsOutcome::WrongName);
    wrong && facts.host().is_some_and(|host| host.contains(".privatelink."))
}

/// Finds a connection that is closed once the host was named: so does a firewall that knows hosts by their names.
fn closed_at_the_name(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    let closed = connection.tls.as_ref()?.outcome == TlsOutcome::Closed;
    let found = Evidence::cause(Low).fact("TLS", "closed after the client named the host");
    (closed && !connection.has_proxy() && !facts.is_foreign()).then_some(found)
}

fn tls_confidence(tls: &Tls) -> Option<Confidence> {
    match &tls.outcome {
        TlsOutcome::Done | TlsOutcome::TimedOut => None,
        TlsOutcome::Untrusted | TlsOutcome::WrongName | TlsOutcome::OutOfTime => Some(High),
        TlsOutcome::Closed | TlsOutcome::Failed(_) => Some(Medium),
    }
}

fn refused_certificate(tls: &Tls, confidence: Confidence) -> Evidence {
    let mut found = Evidence::cause(confidence).fact("TLS", tls.outcome.in_words());
    if let Some(issuer) = &tls.issuer {
        found = found.fact("issuer of the certificate", issuer);
    }
    if tls.outcome == TlsOutcome::OutOfTime {
        return found.remedy("check the clock of this machine");
    }
    match (&tls.issuer, tls.is_intercepted()) {
        (Some(issuer), true) => found
            .fact("interception", format!("a proxy on the way opens the connection: `{issuer}` does not issue certificates of registries"))
            .remedy("trust the CA of that proxy on this machine and in the Docker daemon, or exclude the registry from interception"),
        _ => found,
    }
}
