//! Rules about the way to the registry: DNS, proxy, TCP and TLS.

use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{LC2, N1, N2, N3, N5B, NC1, NX4, NX9};
use crate::doctor::facts::{
    ConnectionAttempt, Lookup, LookupOutcome, NoAnswer, Observations, RegistryView, Tls, TlsOutcome,
    Tunnel, Via,
};
use crate::doctor::step::Step;
use crate::doctor::types::Confidence::{self, High, Low, Medium};
use crate::model::FailureKind;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: LC2,
        step: Step::Registry,
        find: no_such_registry,
    },
    CauseRule {
        cause: N1,
        step: Step::Dns,
        find: name_without_address,
    },
    CauseRule {
        cause: NX4,
        step: Step::Dns,
        find: mixed_addresses,
    },
    CauseRule {
        cause: NC1,
        step: Step::Proxy,
        find: proxy_refuses,
    },
    CauseRule {
        cause: N5B,
        step: Step::Proxy,
        find: proxy_does_not_work,
    },
    CauseRule {
        cause: N2,
        step: Step::Answer,
        find: no_answer_in_time,
    },
    CauseRule {
        cause: N3,
        step: Step::Answer,
        find: cannot_connect,
    },
    CauseRule {
        cause: NX9,
        step: Step::Tls,
        find: closed_at_the_name,
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
        let what = "no registry of this cloud has the name";
        found = found.fact("name check", what).at(Step::Registry);
    }
    if no_name {
        found = found
            .at(Step::Dns)
            .fact("DNS", format!("there is no name `{}`", endpoint.host));
    }
    Some(match no_host {
        true => found.fact("GET /v2/", 404).at(Step::Answer),
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
    let mut found = Evidence::cause(confidence).fact("DNS", lookup.outcome.in_words());
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
        Tunnel::Open | Tunnel::Closed | Tunnel::TimedOut | Tunnel::NotOpened => return None,
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
    if let Some(connection) = facts.connection()
        && connection.has_proxy()
        && let Some(why) = broken_proxy(connection)
    {
        let found = Evidence::cause(High)
            .fact("proxy", connection.via.in_words())
            .fact("outcome", why);
        return Some(own_proxy(found, &connection.via));
    }
    let mut daemons = facts.docker.proxies.iter();
    let broken = daemons.find(|proxy| proxy.of_daemon && proxy.tunnel.is_some_and(Tunnel::is_broken))?;
    let found = Evidence::cause(High)
        .fact(
            "proxy of the Docker daemon",
            format!("{} ({})", broken.url, broken.set_by),
        )
        .fact("outcome", broken.tunnel.map_or("", Tunnel::in_words));
    Some(found.at(Step::Docker))
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
    if !connection.is_connected() {
        return Some(connection.tcp_in_words());
    }
    let tunnel = connection.tunnel?;
    tunnel.is_broken().then(|| tunnel.in_words().to_owned())
}

fn no_answer_in_time(facts: &Observations) -> Option<Evidence> {
    let connection = facts.connection()?;
    if !connection.is_connected() {
        let private = direct_lookup(facts).is_some_and(Lookup::is_private);
        let silent = !connection.has_proxy() && !private && connection.is_silent();
        let found = Evidence::cause(High).fact("TCP", connection.tcp_in_words());
        return silent.then(|| found.at(Step::Tcp));
    }
    if let Some(Tls {
        outcome: TlsOutcome::TimedOut,
        ..
    }) = &connection.tls
    {
        let found = Evidence::cause(Medium).fact("TLS", "no answer in time");
        return Some(found.at(Step::Tls));
    }
    if connection.tunnel == Some(Tunnel::TimedOut) {
        let found = Evidence::cause(Medium).fact("proxy", connection.via.in_words());
        let found = found.fact("its answer to CONNECT", "none in time");
        return Some(found.at(Step::Proxy));
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
        let found = Evidence::cause(High).fact("TCP", connection.tcp_in_words());
        return (!other).then(|| found.at(Step::Tcp));
    }
    // The certificate of a private zone's name is told by a rule of its own.
    if is_private_zone_name(facts) {
        return None;
    }
    if let Some(tls) = &connection.tls
        && let Some(confidence) = tls_confidence(tls)
    {
        return Some(refused_certificate(tls, confidence).at(Step::Tls));
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
    (closed && !connection.has_proxy()).then_some(found)
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
