//! Flags of commands that open a registry for a while.

use std::time::Duration;

use clap::{Args, ValueHint};

use super::values::{duration, lease_name, range, subscription_id};
use crate::lease::LeaseName;
use crate::model::Cidr;
use crate::run::{AccessRequest, NamedRegistry, RunOptions, first_address};

/// The registry.
#[derive(Clone, Debug, Args)]
pub(crate) struct RegistryOperand {
    /// Registry name or registry id [on a terminal it is asked for]
    #[arg(value_name = "REGISTRY", value_hint = ValueHint::Other)]
    pub registry: Option<String>,
    // Not from a variable: the name of a registry is unique, and one in another subscription must be found too.
    /// Subscription of the registry
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other, value_parser = subscription_id)]
    pub subscription: Option<String>,
    /// Resource group of the registry
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other)]
    pub resource_group: Option<String>,
}

impl RegistryOperand {
    /// Returns the flags that complete the name.
    pub(crate) fn named(&self) -> NamedRegistry {
        NamedRegistry {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
        }
    }
}

/// The registry, and the access to it.
#[derive(Clone, Debug, Args)]
pub(crate) struct AccessArgs {
    #[command(flatten)]
    pub registry: RegistryOperand,
    /// Admit this address or range, instead of the address that the registry sees
    #[arg(long, value_name = "CIDR", value_parser = range, value_hint = ValueHint::Other)]
    pub ip: Option<Cidr>,
    /// Enable public access if it is disabled, with default action Deny, and disable it again at the end; refused if the
    /// registry has rules, which would admit others too
    #[arg(long)]
    pub allow_public_access: bool,
    /// Name of the lease, such as the id of the job [default: a random one]
    #[arg(long, value_name = "NAME", value_parser = lease_name, value_hint = ValueHint::Other)]
    pub lease: Option<LeaseName>,
    /// Longest time that the access is needed, up to 8760h; after it and --wait, `close --expired` takes the job for killed
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration, value_hint = ValueHint::Other)]
    pub max_time: Duration,
    /// Longest time to wait until the registry admits this machine
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, value_hint = ValueHint::Other)]
    pub wait: Duration,
}

impl AccessArgs {
    /// Returns the request.
    pub(crate) fn request(&self) -> AccessRequest {
        AccessRequest {
            registry: self.registry.registry.clone(),
            named: self.registry.named(),
            ip: self.ip,
            allow_public_access: self.allow_public_access,
            lease: self.lease.clone(),
            max_time: self.max_time,
            wait: self.wait,
        }
    }

    /// Returns the way to Azure. A sandbox sees this machine at the address of `--ip`.
    pub(crate) fn options(&self, mut options: RunOptions) -> RunOptions {
        if let (Some(sandbox), Some(ip)) = (&mut options.sandbox, self.ip) {
            sandbox.client_ip = Some(first_address(ip));
        }
        options
    }
}
