//! DNS: the addresses of a host, the names that it is an alias of, and the servers that said so.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{Resolver, TokioResolver};

use tokio::net::lookup_host;

use super::probes::Probes;
use crate::doctor::{Lookup, LookupOutcome};

/// The port of DNS (RFC 1035).
const DNS_PORT: u16 = 53;
/// Time for one try. A second one follows.
const TRY: Duration = Duration::from_secs(2);
/// Longest time of a lookup.
const LONGEST: Duration = Duration::from_secs(6);
/// Longest chain of aliases that is followed. Azure's have four.
const MOST_ALIASES: usize = 8;

/// Looks up the addresses of a host.
pub(super) async fn lookup(probes: &Probes, host: &str) -> Lookup {
    let mut lookup = Lookup {
        servers: Vec::new(),
        aliases: Vec::new(),
        addresses: Vec::new(),
        outcome: LookupOutcome::TimedOut,
    };
    // The address is given, as for a sandbox, whose names mean other people's registries elsewhere.
    if probes.connect_to.is_some() && probes.dns_server.is_none() {
        lookup.outcome = LookupOutcome::NotAsked;
        return lookup;
    }
    let (config, options) = match servers(probes.dns_server) {
        Ok(servers) => servers,
        Err(error) => return failed(lookup, &error),
    };
    for server in config.name_servers() {
        lookup.servers.push(shown(server));
    }
    lookup.servers.dedup();
    let resolver = match resolver(config, options) {
        Ok(resolver) => resolver,
        Err(error) => return failed(lookup, &error),
    };
    // The last dot keeps the search domains of the system out.
    let Ok(name) = Name::from_ascii(format!("{host}.")) else {
        lookup.outcome = LookupOutcome::Failed("the host is not a DNS name".to_owned());
        return lookup;
    };
    if let Some(outcome) = probes
        .patience
        .wait(LONGEST, ask(&resolver, &name, &mut lookup))
        .await
    {
        lookup.outcome = outcome;
    }
    // The system would wait for silent servers once more.
    let silent = lookup.outcome == LookupOutcome::TimedOut;
    if lookup.addresses.is_empty() && !silent && probes.dns_server.is_none() {
        ask_system(probes, host, &mut lookup).await;
    }
    lookup
}

/// Asks the system's own resolver: it knows hosts files, and servers for some domains alone, as a VPN sets them.
async fn ask_system(probes: &Probes, host: &str, lookup: &mut Lookup) {
    let asked = lookup_host((host, 443));
    if let Some(Ok(found)) = probes.patience.wait(LONGEST, asked).await {
        for address in found {
            if !lookup.addresses.contains(&address.ip()) {
                lookup.addresses.push(address.ip());
            }
        }
    }
    if !lookup.addresses.is_empty() {
        lookup.outcome = LookupOutcome::Answered;
        lookup.servers.push("the system's resolver".to_owned());
    }
}

fn failed(lookup: Lookup, error: &NetError) -> Lookup {
    Lookup {
        outcome: LookupOutcome::Failed(error.to_string()),
        ..lookup
    }
}

/// Shows a server, with its port where that is not the one of DNS.
fn shown(server: &NameServerConfig) -> String {
    match server.connections.first() {
        Some(connection) if connection.port != DNS_PORT => {
            SocketAddr::new(server.ip, connection.port).to_string()
        }
        _ => server.ip.to_string(),
    }
}

/// Returns the servers to ask.
fn servers(server: Option<SocketAddr>) -> Result<(ResolverConfig, ResolverOpts), NetError> {
    let Some(server) = server else {
        return read_system_conf();
    };
    let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = server.port();
    }
    let name_server = NameServerConfig::new(server.ip(), true, connections.to_vec());
    let config = ResolverConfig::from_name_servers(vec![name_server]);
    Ok((config, ResolverOpts::default()))
}

fn resolver(config: ResolverConfig, mut options: ResolverOpts) -> Result<TokioResolver, NetError> {
    options.timeout = TRY;
    options.attempts = 1;
    let provider = TokioRuntimeProvider::default();
    Resolver::builder_with_config(config, provider)
        .with_options(options)
        .build()
}

/// Asks for addresses of both kinds at the same time. A name without addresses is followed to its last alias.
async fn ask(resolver: &TokioResolver, name: &Name, lookup: &mut Lookup) -> LookupOutcome {
    let (v4, v6) = futures::join!(
        resolver.lookup(name.clone(), RecordType::A),
        resolver.lookup(name.clone(), RecordType::AAAA)
    );
    let mut outcome = None;
    for answer in [v4, v6] {
        match answer {
            Ok(answer) => {
                for record in answer.answers() {
                    add(lookup, &record.data);
                }
            }
            // What the first kind of address meets says more: many names have no second kind.
            Err(error) => outcome = outcome.or(Some(outcome_of(&error))),
        }
    }
    if !lookup.addresses.is_empty() {
        return LookupOutcome::Answered;
    }
    follow(resolver, name, lookup).await;
    outcome.unwrap_or(LookupOutcome::NoAddress)
}

fn add(lookup: &mut Lookup, data: &RData) {
    match data {
        RData::A(address) => lookup.addresses.push(IpAddr::V4(address.0)),
        RData::AAAA(address) => lookup.addresses.push(IpAddr::V6(address.0)),
        RData::CNAME(alias) => add_alias(lookup, &alias.0),
        _ => {}
    }
}

fn add_alias(lookup: &mut Lookup, alias: &Name) {
    let mut text = alias.to_ascii().to_ascii_lowercase();
    if text.ends_with('.') {
        text.pop();
    }
    if !lookup.aliases.contains(&text) {
        lookup.aliases.push(text);
    }
}

/// Follows the aliases of a name that has no address.
async fn follow(resolver: &TokioResolver, name: &Name, lookup: &mut Lookup) {
    let mut name = name.clone();
    for _ in 0..MOST_ALIASES {
        let Ok(answer) = resolver.lookup(name.clone(), RecordType::CNAME).await else {
            return;
        };
        let mut next = None;
        for record in answer.answers() {
            if let RData::CNAME(alias) = &record.data {
                add_alias(lookup, &alias.0);
                next = Some(alias.0.clone());
            }
        }
        match next {
            Some(next) => name = next,
            None => return,
        }
    }
}

fn outcome_of(error: &NetError) -> LookupOutcome {
    match error {
        NetError::Timeout => LookupOutcome::TimedOut,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => LookupOutcome::NoSuchName,
            ResponseCode::NoError => LookupOutcome::NoAddress,
            code => LookupOutcome::Refused(code.to_string()),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => LookupOutcome::Refused(code.to_string()),
        other => LookupOutcome::Failed(other.to_string()),
    }
}
