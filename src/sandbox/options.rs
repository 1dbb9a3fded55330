//! Options of a sandbox: its server, the facts of Azure that may vary, and failures.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::faults::fault::Fault;
use super::governance::conditions::Conditions;
use super::server::clock::Clock;
use super::server::request_hook::RequestHook;
use super::server::throttle::Throttle;
use super::state::types::State;

/// Behaviour of a sandbox. `Options::default()` is an empty one on a free loopback port.
#[derive(Clone, Debug)]
pub struct Options {
    // The server.
    /// Address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Host names or addresses that clients use besides the one listened on. The first one is announced, all are in
    /// the certificate.
    pub announce: Vec<String>,
    /// File that keeps the state. It is read if it exists, else made from `seed`, and saved after each write.
    pub state_file: Option<PathBuf>,
    /// Time to wait for a `state_file` that another sandbox has open.
    pub state_wait: Duration,
    /// State to begin with, unless `state_file` exists.
    pub seed: State,
    /// Adds one subscription if neither state nor seed has any.
    pub default_subscription: bool,
    /// File that gets one JSON line per request, appended.
    pub request_log: Option<PathBuf>,
    /// Serves managed-identity tokens too, in plain http on a loopback port of its own.
    pub managed_identity: bool,
    /// Source address of requests to the data plane that have no header for it. `None` takes the connection's own.
    pub client_ip: Option<IpAddr>,
    /// Clock of throttling and propagation.
    pub clock: Clock,
    /// Called for each request before and after it is processed.
    pub on_request: Option<RequestHook>,

    // Facts of Azure, some of which the record disputes.
    /// Number of answers that say that an operation or a registration still runs.
    pub polls: u32,
    /// Seconds in the `Retry-After` of an operation. Azure says 3, then 10 (recorded: azure-libraries-for-net,
    /// 2019-12). 0 lets a test run at full speed.
    pub retry_after: u32,
    /// Time after which an operation ends that no client polls (recorded: a subnet takes about 4 to 10 s).
    pub operation_time: Duration,
    /// Time that a token is valid. Entra says 3599 s.
    pub token_lifetime: Duration,
    /// Most IP rules of a registry: 200 (recorded: azure-powershell Get-AzContainerRegistryUsage, 2025-09), once 100
    /// (Azure/acr#518, 2021).
    pub ip_rule_limit: usize,
    /// Key of a subnet rule's id at 2021-08-01-preview, where the record is disputed.
    pub subnet_key_2021_08: LegacySubnetKey,
    /// Accepts either key of a subnet rule's id in a PATCH, at any api-version. If false, the other key is answered
    /// 501, because no source says whether Azure accepts it.
    pub either_subnet_key: bool,
    /// Accepts RFC 1918 ranges as IP rules. If false, they are refused. No source says what ACR does.
    pub private_ip_rules: bool,
    /// Shows rules in another form than they were sent in: IP rules without `/32`, subnet ids in lower case. The
    /// record is open: azurerm's source says that Azure drops the `/32`, and only canonical ids are recorded, as sent.
    pub rewritten_rules: bool,
    /// Time until a change of rules reaches the data plane.
    pub propagation: Duration,
    /// Limits over which requests are refused. `None` refuses none.
    pub throttle: Option<Throttle>,
    /// Decisions of the subscription's owners, and effects of Azure's load.
    pub conditions: Conditions,

    // Failures.
    /// Faults to inject.
    pub faults: Vec<Fault>,
    /// Time by which each answer is delayed.
    pub latency: Duration,
    /// Clears the list of rules that a PATCH omits if it sends the other. No source says that Azure does so; the
    /// fault proves that a client reads back.
    pub omitted_lists_clear: bool,
}

/// Spelling of the key of the subnet id in a subnet rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacySubnetKey {
    /// `id` (recorded: azure-cli test_acr_network_rule, 2022-06 and 2023-12).
    Id,
    /// `virtualNetworkSubnetResourceId` (Azure/azure-cli#33685, 2026-07).
    SubnetResourceId,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            announce: Vec::new(),
            state_file: None,
            state_wait: Duration::ZERO,
            seed: State::empty(),
            default_subscription: false,
            request_log: None,
            managed_identity: false,
            client_ip: None,
            clock: Clock::system(),
            on_request: None,
            polls: 0,
            retry_after: 0,
            operation_time: Duration::from_secs(10),
            token_lifetime: Duration::from_secs(3599),
            ip_rule_limit: 200,
            subnet_key_2021_08: LegacySubnetKey::SubnetResourceId,
            either_subnet_key: false,
            private_ip_rules: false,
            rewritten_rules: false,
            propagation: Duration::ZERO,
            throttle: None,
            conditions: Conditions::default(),
            faults: Vec::new(),
            latency: Duration::ZERO,
            omitted_lists_clear: false,
        }
    }
}
