//! Registries to begin with: what is live, what the spec wants, and who uses them.

use serde_json::{Value, json};

use super::client::Client::{self, Address, Subnet};
use super::wanted::{Listed, Wanted};
use crate::azure_bodies::registry_id;

/// A registry, its spec and its clients.
#[derive(Clone, Debug)]
pub(super) struct Situation {
    pub(super) name: &'static str,
    pub(super) sku: &'static str,
    pub(super) action: &'static str,
    pub(super) ips: Vec<&'static str>,
    pub(super) subnets: Vec<&'static str>,
    /// Further properties.
    pub(super) properties: Value,
    pub(super) tags: Value,
    pub(super) wanted: Wanted,
    pub(super) clients: Vec<Client>,
    /// True if two subnets have one public address.
    pub(super) shared: bool,
    /// True if the registry has a private endpoint.
    pub(super) has_endpoint: bool,
    /// True if the registry has an artifact cache rule.
    pub(super) caches: bool,
}

/// A registry under `Deny` with these rules. The spec wants what is live, each entry with its owner.
fn denying(name: &'static str, ips: &[&'static str], subnets: &[&'static str]) -> Situation {
    let listed = ips.iter().map(|range| Listed::owned(range, "ann"));
    Situation {
        name,
        sku: "Premium",
        action: "Deny",
        ips: ips.to_vec(),
        subnets: subnets.to_vec(),
        properties: json!({}),
        tags: json!({}),
        wanted: Wanted {
            ips: Some(listed.collect()),
            subnets: Some(subnets.iter().map(|name| (*name).to_owned()).collect()),
            ..Wanted::default()
        },
        clients: Vec::new(),
        shared: false,
        has_endpoint: false,
        caches: false,
    }
}

impl Situation {
    /// Returns whether tasks and trusted services use the registry, where that can matter: in both ways.
    pub(super) fn uses(&self) -> &'static [bool] {
        let by_bypass = ["networkRuleBypassOptions", "networkRuleBypassAllowedForTasks"];
        match by_bypass.iter().any(|key| !self.properties[key].is_null()) {
            true => &[false, true],
            false => &[false],
        }
    }

    fn used_by(self, clients: &[Client]) -> Self {
        Self {
            clients: clients.to_vec(),
            ..self
        }
    }

    fn with(self, properties: Value) -> Self {
        Self { properties, ..self }
    }

    /// A lease of a job that was killed, or a tag that someone has damaged.
    fn leased(self, value: &str) -> Self {
        Self {
            tags: json!({"ringfence-lease-job": value}),
            ..self
        }
    }

    fn caching(self) -> Self {
        Self { caches: true, ..self }
    }

    fn with_endpoint(self) -> Self {
        Self {
            has_endpoint: true,
            ..self
        }
    }

    fn wanting(mut self, key: &str, value: &str) -> Self {
        self.wanted.keys.insert(key.to_owned(), value.to_owned());
        self
    }

    fn listing(mut self, ips: &[Listed]) -> Self {
        self.wanted.ips = Some(ips.to_vec());
        self
    }

    fn expecting(mut self, clients: &[&'static str]) -> Self {
        self.wanted.expect = clients.to_vec();
        self
    }

    /// The spec does not manage the subnets.
    fn leaving_subnets(mut self) -> Self {
        self.wanted.subnets = None;
        self
    }
}

fn disabled() -> Value {
    json!({"publicNetworkAccess": "Disabled"})
}

/// The private endpoint connections of a registry: one that is approved.
pub(super) fn connections(tag: &str) -> Value {
    json!([{
        "id": format!("{}/privateEndpointConnections/pe", registry_id(tag)), "name": "pe",
        "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
        "properties": {"provisioningState": "Succeeded", "privateLinkServiceConnectionState": {"status": "Approved"}}
    }])
}

/// Situations in a cloud with service endpoints.
pub(super) fn everywhere() -> Vec<Situation> {
    let mut all = of_exposure();
    all.extend(of_addresses());
    all.extend(of_subnets());
    all.extend(of_time());
    all.extend(of_unreadable());
    all
}

fn of_exposure() -> Vec<Situation> {
    let one = [Address("203.0.113.99")];
    let mut open = denying("open", &["203.0.113.99"], &["noep"]).leaving_subnets();
    open.action = "Allow";
    let mut drifted = denying("opened by hand", &["203.0.113.99"], &[]).wanting("defaultAction", "Deny");
    drifted.action = "Allow";
    let mut basic = denying("Basic", &[], &[]);
    (basic.sku, basic.action) = ("Basic", "Allow");
    (basic.wanted.ips, basic.wanted.subnets) = (None, None);
    let flaws = json!({"adminUserEnabled": true, "anonymousPullEnabled": true});
    vec![
        open.used_by(&[Address("203.0.113.99"), Subnet("noep")]),
        drifted.used_by(&one),
        basic.used_by(&one),
        denying("wide open", &["0.0.0.0/0", "203.0.113.99"], &[]).used_by(&one),
        denying("halves", &["0.0.0.0/1", "128.0.0.0/1", "203.0.113.99"], &[]).used_by(&one),
        denying("nobody", &[], &[]).used_by(&one).with(flaws),
        denying("sealed", &["203.0.113.99"], &["noep"]).used_by(&one).with(disabled()),
        denying("private only", &["203.0.113.99", "20.0.0.0/15", "20.1.0.0/24"], &["noep", "gone"])
            .leaving_subnets()
            .with(disabled())
            .with_endpoint(),
        denying("sealed, without exports", &["203.0.113.99"], &[])
            .used_by(&one)
            .with(json!({
                "publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}
            })),
        denying("bypasses", &["203.0.113.99"], &[]).used_by(&one).with(json!({
            "networkRuleBypassOptions": "None", "networkRuleBypassAllowedForTasks": true
        })),
        denying("cache", &["203.0.113.99"], &[]).used_by(&one).caching().with(json!({
            "networkRuleBypassOptions": "None"
        })),
        denying("dual stack", &["203.0.113.99"], &[]).used_by(&one).with(json!({
            "dataEndpointEnabled": true, "endpointProtocol": "IPv4AndIPv6", "networkRuleBypassAllowedForTasks": true
        })),
    ]
}

fn of_unreadable() -> Vec<Situation> {
    let one = [Address("203.0.113.99")];
    let mut rest = denying("unreadable", &["203.0.113.99", "::/0"], &[]);
    rest.wanted.drop_ip("::/0");
    let mut sealed = denying("sealed, unreadable", &["203.0.113.99", "::/0"], &[]);
    sealed.wanted.drop_ip("::/0");
    vec![rest.used_by(&one), sealed.with(disabled()).with_endpoint()]
}

fn of_addresses() -> Vec<Situation> {
    let inner = [Address("203.0.113.130"), Address("203.0.113.2")];
    let neighbours = ["203.0.113.0/25", "203.0.113.128/25"];
    let contained = ["203.0.113.0/24", "203.0.113.128/25"];
    let ending = "2099-01-01";
    let mut drifted = denying("drifted", &["203.0.113.0/24", "203.0.113.130"], &[]);
    drifted.wanted.drop_ip("203.0.113.0/24");
    let mut half = denying("half by hand", &neighbours, &[]);
    half.wanted.drop_ip("203.0.113.128/25");
    vec![
        denying("neighbours", &neighbours, &[]).used_by(&inner),
        denying("contained", &contained, &[])
            .used_by(&inner)
            .expecting(&["203.0.113.130"]),
        denying("wide neighbours", &["20.0.0.0/17", "20.0.128.0/17"], &[])
            .used_by(&[Address("20.0.128.1")]),
        denying("wide", &["20.0.0.0/15", "20.1.0.0/24", "10.0.0.0/8"], &[])
            .used_by(&[Address("20.1.0.7")]),
        denying("reserved", &["10.0.0.0/9", "10.128.0.0/9", "203.0.113.99"], &[])
            .used_by(&[Address("203.0.113.99")]),
        denying("outer ends", &contained, &[])
            .listing(&[
                Listed::until(contained[0], ending),
                Listed::owned(contained[1], "bob"),
            ])
            .used_by(&inner),
        denying("neighbour ends", &neighbours, &[])
            .listing(&[
                Listed::until(neighbours[0], ending),
                Listed::owned(neighbours[1], "bob"),
            ])
            .used_by(&inner),
        denying("two owners", &neighbours, &[])
            .listing(&[
                Listed::owned(neighbours[0], "ann"),
                Listed::owned(neighbours[1], "bob"),
            ])
            .used_by(&inner),
        denying("expired", &["203.0.113.99", "198.51.100.7"], &[])
            .listing(&[
                Listed::until("198.51.100.7", "2020-01-01"),
                Listed::plain("203.0.113.99"),
            ])
            .used_by(&[Address("203.0.113.99")]),
        denying("listed twice", &["203.0.113.99", "203.0.113.99/32"], &[])
            .listing(&[Listed::owned("203.0.113.99", "ann")])
            .used_by(&[Address("203.0.113.99")]),
        drifted.used_by(&inner[..1]),
        half.used_by(&inner[1..]),
    ]
}

fn of_subnets() -> Vec<Situation> {
    let hidden = ["203.0.113.9"];
    let ep = [Subnet("ep")];
    let mut both = denying("two subnets behind one address", &hidden, &["ep"]).expecting(&["noep"]);
    both.shared = true;
    vec![
        both.used_by(&[Subnet("ep"), Subnet("noep")]),
        denying("hidden address", &hidden, &["ep"]).used_by(&ep),
        denying("expected address", &hidden, &["ep"])
            .used_by(&[Subnet("ep"), Address("203.0.113.9")])
            .expecting(&["203.0.113.9"]),
        denying("no endpoint", &[], &["noep", "gone", "ep"])
            .leaving_subnets()
            .used_by(&ep),
        denying("gone", &["203.0.113.99"], &["gone"]).leaving_subnets(),
        denying("gone, endpoints of others", &["203.0.113.99"], &["gone"])
            .wanting("serviceEndpoints", "assume")
            .used_by(&[Address("203.0.113.99")]),
        denying("elsewhere", &["203.0.113.99"], &["far"])
            .leaving_subnets()
            .used_by(&[Address("203.0.113.99")]),
        denying("delegated", &[], &["ep", "del", "deloff"])
            .leaving_subnets()
            .used_by(&ep),
        denying("both kinds", &hidden, &["ep", "noep", "gone"])
            .leaving_subnets()
            .with_endpoint()
            .used_by(&ep),
        denying("no bypass", &["203.0.113.99"], &["ep"])
            .with(json!({"networkRuleBypassOptions": "None"}))
            .used_by(&[Subnet("ep"), Address("203.0.113.99")]),
        denying("cache beside subnets", &["203.0.113.99"], &["ep"])
            .caching()
            .used_by(&[Subnet("ep"), Address("203.0.113.99")]),
        denying("sealed subnets", &[], &["ep", "del", "noep"])
            .leaving_subnets()
            .with(disabled())
            .used_by(&ep),
    ]
}

/// Entries that end, and jobs that did not end.
fn of_time() -> Vec<Situation> {
    let one = [Address("203.0.113.99")];
    let lease = "until=2020-01-01T00:00:00Z ip=198.51.100.7";
    let mut left = denying("lease left open", &["203.0.113.99", "198.51.100.7"], &[]);
    left.wanted.drop_ip("198.51.100.7");
    let soon = jiff::Zoned::now()
        .date()
        .saturating_add(jiff::Span::new().days(7));
    let soon: &str = Box::leak(soon.to_string().into_boxed_str());
    vec![
        left.used_by(&one).leased(lease),
        denying("lease without its rule", &["203.0.113.99"], &[])
            .used_by(&one)
            .leased(lease),
        denying("damaged lease", &["203.0.113.99"], &[])
            .used_by(&one)
            .leased("until=soon"),
        denying("expires soon", &["203.0.113.99"], &[])
            .listing(&[Listed::until("203.0.113.99", soon)])
            .used_by(&one),
    ]
}

/// Situations in a cloud that has no service endpoints for registries.
pub(super) fn without_service_endpoints() -> Vec<Situation> {
    let noep = [Subnet("noep")];
    vec![
        denying("old subnet rules", &["203.0.113.19"], &["noep", "gone", "del"])
            .leaving_subnets()
            .used_by(&noep),
        denying("nobody", &[], &[]).used_by(&noep),
        denying("reserved", &["10.0.0.0/8"], &[]).used_by(&noep),
        denying("sealed", &["203.0.113.19"], &["noep"])
            .leaving_subnets()
            .with(disabled())
            .with_endpoint(),
    ]
}
