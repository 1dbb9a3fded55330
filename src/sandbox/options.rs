//! How a sandbox behaves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::faults::fault::Fault;
use super::governance::conditions::Conditions;
use super::server::clock::Clock;
use super::server::request_hook::RequestHook;
use super::server::throttle::Throttle;
use super::state::types::State;

/// How a sandbox behaves. `Options::default()` is an empty one on a free loopback port.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The host name or address that clients reach the sandbox by, where it is not the one it listens on.
    pub announce: Option<String>,
    /// Where the state is kept. Read when it exists, else made from `seed`; saved after each write.
    pub state_file: Option<PathBuf>,
    /// How long to wait for a `state_file` that another sandbox has.
    pub state_wait: Duration,
    /// The state to begin with, unless `state_file` exists.
    pub seed: State,
    /// Have one subscription where neither state nor seed has any.
    pub default_subscription: bool,
    /// Gets one JSON line per request, appended.
    pub request_log: Option<PathBuf>,
    /// How often an operation or a registration answers that it still runs before it is done.
    pub polls: u32,
    /// Seconds in the `Retry-After` of an operation. Azure says 3, then 10 (recorded: azure-libraries-for-net,
    /// 2019-12); 0 lets a test run at full speed.
    pub retry_after: u32,
    /// An operation that nobody polls ends after this time (recorded: a subnet takes about 4 to 10 s).
    pub operation_time: Duration,
    /// Serve managed-identity tokens too, in plain http on a loopback port of its own.
    pub managed_identity: bool,
    /// How long a token is valid. Entra says 3599 s.
    pub token_lifetime: Duration,
    /// IP rules that a registry may have: 100 (Azure/acr#518) or 200 (newest SKU page); the record is disputed.
    pub ip_rule_limit: usize,
    /// The key of a subnet rule's id at 2021-08-01-preview, where the record is disputed.
    pub subnet_key_2021_08: SubnetIdKey,
    /// Take either key of a subnet rule's id in a PATCH, at any api-version. Off, the other key is answered
    /// 501: whether Azure takes it is not established.
    pub either_subnet_key: bool,
    /// Take RFC 1918 ranges as IP rules. Off, they are refused; no source says what ACR does.
    pub private_ip_rules: bool,
    /// Rules show in another form than they were sent in: IP rules without `/32`, subnet ids in lower case. The record
    /// is open: azurerm's source says that Azure drops the `/32`, and only canonical ids are recorded, as sent.
    pub rewritten_rules: bool,
    /// A fault: a PATCH that sends one list of rules clears the list that it omits. Nothing shows that Azure
    /// does so; it proves that a client reads back.
    pub omitted_lists_clear: bool,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// Each answer comes this much later.
    pub latency: Duration,
    /// A change of rules reaches the data plane after this time.
    pub propagation: Duration,
    /// The address that requests to the data plane come from, where no header of theirs says so; `None`: the
    /// connection's own.
    pub client_ip: Option<IpAddr>,
    /// Refuse requests over these limits; `None` refuses none.
    pub throttle: Option<Throttle>,
    /// What throttling and propagation go by.
    pub clock: Clock,
    /// Told of each request before and after it is processed.
    pub on_request: Option<RequestHook>,
    /// What the owners of the subscription and Azure's load decide.
    pub conditions: Conditions,
}

/// The two spellings of the subnet id's key in a subnet rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubnetIdKey {
    /// `id` (recorded: azure-cli test_acr_network_rule, 2022-06 and 2023-12).
    Id,
    /// `virtualNetworkSubnetResourceId` (Azure/azure-cli#33685, 2026-07).
    SubnetResourceId,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            announce: None,
            state_file: None,
            state_wait: Duration::ZERO,
            seed: State::empty(),
            default_subscription: false,
            request_log: None,
            polls: 0,
            retry_after: 0,
            operation_time: Duration::from_secs(10),
            managed_identity: false,
            token_lifetime: Duration::from_secs(3599),
            ip_rule_limit: 100,
            subnet_key_2021_08: SubnetIdKey::Id,
            either_subnet_key: false,
            private_ip_rules: false,
            rewritten_rules: false,
            omitted_lists_clear: false,
            faults: Vec::new(),
            latency: Duration::ZERO,
            propagation: Duration::ZERO,
            client_ip: None,
            throttle: None,
            clock: Clock::system(),
            on_request: None,
            conditions: Conditions::default(),
        }
    }
}
