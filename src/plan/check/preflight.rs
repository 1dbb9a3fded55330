//! What Azure itself would refuse, found out before anything is written.

use crate::live::{LiveSubnet, Reading, SubnetRules};
use crate::model::{Access, SubnetId};
use crate::plan::{Policy, Refusal, RegistryPlan, Setting};
use crate::spec::{RegistrySpec, ServiceEndpoints};

/// IP rules that no documentation grants: 100 or 200 is disputed (container-registry-access-selected-networks
/// against the SKU page), more than 200 is claimed by nobody.
const MOST_IP_RULES: u64 = 200;
/// Subnet rules of a Premium registry (container-registry-vnet, SKU page).
const MOST_SUBNET_RULES: u64 = 100;

/// Everything that stands in the way of this plan.
pub(crate) fn refusals(
    wanted: &RegistrySpec,
    reading: &Reading,
    plan: &RegistryPlan,
    after: &Access,
    policy: &Policy,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if !policy.restore {
        refusals.extend(unreadable_settings(wanted, reading));
        refusals.extend(hidden_subnet_rules(wanted, reading));
    }
    refusals.extend(subnets(wanted, plan, reading));
    if !plan.changes.is_empty() {
        refusals.extend(sku(plan, reading));
        refusals.extend(busy(reading));
        refusals.extend(exports(plan, reading));
        refusals.extend(limits(plan, reading, after));
    }
    refusals
}

fn refusal(code: &'static str, message: String, help: &str) -> Refusal {
    Refusal {
        code: code.into(),
        message,
        measured: None,
        limit: None,
        override_flag: None,
        help: Some(help.to_owned()),
    }
}

/// A managed setting that the api-version does not show can neither be compared nor written.
fn unreadable_settings(wanted: &RegistrySpec, reading: &Reading) -> Vec<Refusal> {
    let live = &reading.registry;
    let managed = [
        (
            Setting::PublicNetworkAccess,
            wanted.public_network_access.is_some(),
            live.public_network_access.is_some(),
        ),
        (
            Setting::NetworkRuleBypassOptions,
            wanted.trusted_services.is_some(),
            live.network_rule_bypass_options.is_some(),
        ),
        (
            Setting::NetworkRuleBypassAllowedForTasks,
            wanted.tasks_bypass.is_some(),
            live.network_rule_bypass_allowed_for_tasks.is_some(),
        ),
        (
            Setting::DataEndpointEnabled,
            wanted.data_endpoint.is_some(),
            live.data_endpoint_enabled.is_some(),
        ),
    ];
    let unread = managed.iter().filter(|(_, managed, shown)| *managed && !*shown);
    unread
        .map(|(setting, ..)| {
            let message = format!(
                "api-version `{}` does not show `{}`",
                live.api_version,
                setting.path()
            );
            let help = format!("leave `{}` out of the spec in this cloud", setting.spec_key());
            refusal("setting-not-shown", message, &help)
        })
        .collect()
}

fn hidden_subnet_rules(wanted: &RegistrySpec, reading: &Reading) -> Option<Refusal> {
    let hidden = reading.registry.subnet_rules == SubnetRules::Hidden && wanted.subnets.is_some();
    hidden.then(|| {
        let version = &reading.registry.api_version;
        let message = format!(
            "api-version `{version}` hides subnet rules, so they can neither be compared nor kept"
        );
        refusal(
            "subnet-rules-hidden",
            message,
            "leave `subnets` out of the spec; IP rules alone can be managed here",
        )
    })
}

fn subnets(wanted: &RegistrySpec, plan: &RegistryPlan, reading: &Reading) -> Vec<Refusal> {
    let check = match wanted.service_endpoints {
        ServiceEndpoints::Ensure => unreadable_subnet,
        ServiceEndpoints::Assume => subnet_without_endpoint,
    };
    let mut refusals: Vec<Refusal> = reading.subnets.iter().filter_map(check).collect();
    if plan
        .change(Setting::VirtualNetworkRules)
        .is_none_or(|change| change.add.is_empty())
    {
        return refusals;
    }
    if !reading.service_endpoints_supported {
        let message =
            "this cloud has no service endpoints for registries (container-registry-vnet)".to_owned();
        let help = "use a private endpoint or IP rules instead";
        refusals.push(refusal("no-service-endpoints", message, help));
    }
    if reading.registry.private_endpoint_connections > 0 {
        let message = format!(
            "the registry has {} private endpoint connection(s); subnet rules are not supported together with private \
             endpoints (container-registry-vnet)",
            reading.registry.private_endpoint_connections
        );
        let help = "remove `subnets` from the spec, or the private endpoints from the registry";
        refusals.push(refusal("private-endpoint", message, help));
    }
    refusals
}

fn unreadable_subnet((id, subnet): (&SubnetId, &LiveSubnet)) -> Option<Refusal> {
    let LiveSubnet::Unreadable(failure) = subnet else {
        return None;
    };
    let request = failure
        .request_id
        .as_ref()
        .map(|id| format!(" (request {id})"))
        .unwrap_or_default();
    let message = format!(
        "subnet `{id}` cannot be read: {}: {}{request}",
        failure.code, failure.message
    );
    let help = failure.help.clone().unwrap_or_else(|| {
        "correct the id, or set `serviceEndpoints: assume` where somebody else owns the subnet"
            .to_owned()
    });
    Some(refusal("subnet-unreadable", message, &help))
}

/// Where somebody else turns the endpoint on, it must be on before the rule is added
/// (`NetworkRuleValidationError`: hashicorp/terraform-provider-azurerm#13792).
fn subnet_without_endpoint((id, subnet): (&SubnetId, &LiveSubnet)) -> Option<Refusal> {
    matches!(subnet, LiveSubnet::Present(live) if !live.has_endpoint).then(|| {
        let message = format!("subnet `{id}` lacks the service endpoint, and `serviceEndpoints: assume` leaves it to others");
        let help = "have its owner add Microsoft.ContainerRegistry to its service endpoints, or set \
                    `serviceEndpoints: ensure`";
        refusal("endpoint-missing", message, help)
    })
}

/// Network rules, dedicated data endpoints and disabled public access are Premium features
/// (`NetworkRuleNotSupported`: hashicorp/terraform-provider-azurerm; `DisablingPublicNetworkAccessNotSupported`:
/// hashicorp/terraform-provider-azurerm#26054).
fn sku(plan: &RegistryPlan, reading: &Reading) -> Option<Refusal> {
    let sku = &reading.registry.sku;
    let premium = |setting: &Setting| {
        !matches!(
            setting,
            Setting::NetworkRuleBypassOptions | Setting::NetworkRuleBypassAllowedForTasks
        )
    };
    let wants: Vec<&str> = plan
        .changes
        .iter()
        .map(|change| change.path)
        .filter(premium)
        .map(Setting::spec_key)
        .collect();
    (!sku.eq_ignore_ascii_case("Premium") && !wants.is_empty()).then(|| {
        let message = format!("the registry is `{sku}`; {} need SKU `Premium`", list(&wants));
        let help = format!(
            "upgrade it: az acr update --name {} --sku Premium",
            plan.id.name()
        );
        refusal("sku", message, &help)
    })
}

fn list(keys: &[&str]) -> String {
    keys.iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A write to a registry that is in the middle of another is answered 409 (Azure/bicep-ptn-aiml-landing-zone#18).
fn busy(reading: &Reading) -> Option<Refusal> {
    let state = &reading.registry.provisioning_state;
    let busy = ["Creating", "Updating", "Deleting"]
        .iter()
        .any(|busy| state.eq_ignore_ascii_case(busy));
    busy.then(|| {
        let message = format!("the registry is busy: its provisioning state is `{state}`");
        refusal("busy", message, "wait until it is `Succeeded` and run again")
    })
}

/// "Enabling public network access is not supported because the registry has exports disabled"
/// (Azure-Samples/holiday-peak-hub#732).
fn exports(plan: &RegistryPlan, reading: &Reading) -> Option<Refusal> {
    let off = reading
        .registry
        .export_policy
        .as_deref()
        .is_some_and(|s| s.eq_ignore_ascii_case("disabled"));
    let enables = plan
        .change(Setting::PublicNetworkAccess)
        .is_some_and(|c| c.after == Some("Enabled".into()));
    (off && enables).then(|| {
        let message =
            "public access cannot be enabled while the registry has exports disabled".to_owned();
        let help = format!(
            "allow exports first: az acr update --name {} --allow-exports true",
            plan.id.name()
        );
        refusal("exports-disabled", message, &help)
    })
}

/// Counts only lists that grow: a list that is over the limit may always shrink.
fn limits(plan: &RegistryPlan, reading: &Reading, after: &Access) -> Vec<Refusal> {
    let usages = reading.usages.clone().unwrap_or_default();
    let ip = usages.ip_rules.map_or(MOST_IP_RULES, |quota| quota.limit);
    let subnet = usages.subnet_rules.map_or(MOST_SUBNET_RULES, |quota| quota.limit);
    let ips = after.ip_rules.len() + after.unreadable.ips.len();
    let rows = [
        (Setting::IpRules, ips as u64, ip, "IP rules"),
        (
            Setting::VirtualNetworkRules,
            after.subnets.len() as u64,
            subnet,
            "subnet rules",
        ),
    ];
    let grows = |setting| {
        plan.change(setting)
            .is_some_and(|change| change.add.len() > change.remove.len())
    };
    let over = rows
        .into_iter()
        .filter(|(setting, count, limit, _)| count > limit && grows(*setting));
    over.map(|(_, count, limit, what)| Refusal {
        measured: Some(count.to_string()),
        limit: Some(limit.to_string()),
        ..refusal(
            "limit",
            format!("the registry would have {count} {what}; its limit is {limit}"),
            "merge neighbouring ranges into wider ones, or remove rules that nobody needs",
        )
    })
    .collect()
}
