//! Reads what a change of a registry can depend on, with the fewest requests.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use futures::future::join_all;
use tokio::sync::OnceCell;

use super::parse::{self, UnexpectedJson};
use super::types::{Live, LiveRegistry, LiveSubnet, Reading, Usages};
use crate::azure::{ArmClient, CONTAINER_REGISTRY};
use crate::model::{ErrorCode, Failure, FailureKind, RegistryId, Rule, RuleTarget, Setting, SubnetId};
use crate::spec::{RegistrySpec, ServiceEndpoints, Spec, UnlistedRule};

/// Quotas start at 100 (docs: container-registry-access-selected-networks); nearer than this they are asked for.
const QUOTA_MATTERS_OVER: usize = 90;

/// Told what is being done, for progress.
pub type ProgressFn<'a> = &'a (dyn Fn(&RegistryId, &str) + Sync);

/// What to read besides what a change needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Every wanted subnet, also those whose rule is there: for `audit`, which says where an endpoint was lost.
    pub all_subnets: bool,
}

/// What several registries of a run share: a subnet or a provider is read once, however many registries name it.
#[derive(Debug, Default)]
pub struct Cache {
    subnets: Shared<LiveSubnet>,
    /// By subscription, in lower case. `None` where it cannot be read.
    registrations: Shared<Option<String>>,
}

/// A cell for each key; the first reader fills it while the others wait.
type Shared<T> = Mutex<BTreeMap<String, Arc<OnceCell<T>>>>;

fn lock<T>(shared: &Shared<T>) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<OnceCell<T>>>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The value at `key`, read by `fill` where nobody has yet.
async fn once<T: Clone>(shared: &Shared<T>, key: &str, fill: impl Future<Output = T>) -> T {
    let cell = lock(shared).entry(key.to_owned()).or_default().clone();
    cell.get_or_init(|| fill).await.clone()
}

/// Reads every registry of a spec, `parallel` at a time. One that fails is a failure of its own.
pub async fn read_all(
    client: &ArmClient,
    spec: &Spec,
    options: ReadOptions,
    parallel: usize,
    say: ProgressFn<'_>,
) -> Live {
    let cache = Cache::default();
    let cache = &cache;
    let reads = spec.registries.iter().map(|wanted| async move {
        say(&wanted.id, "reading");
        (wanted.id.clone(), read(client, cache, wanted, options).await)
    });
    Live {
        registries: futures::stream::iter(reads)
            .buffer_unordered(parallel.max(1))
            .collect()
            .await,
    }
}

/// Reads the registry of `spec`, and what its change can depend on: one request where nothing is wanted that it lacks.
pub async fn read(
    client: &ArmClient,
    cache: &Cache,
    spec: &RegistrySpec,
    options: ReadOptions,
) -> Result<Reading, Failure> {
    let registry = read_registry(client, &spec.id).await?;
    let supported = client.cloud().service_endpoints_supported;
    let wanted = if supported {
        subnets_to_read(spec, &registry, options)
    } else {
        Vec::new()
    };
    let foreign = subscriptions_to_read(&spec.id, &wanted, &registry);
    let (subnets, registrations, usages) = futures::join!(
        join_all(wanted.iter().map(|id| subnet(client, cache, id))),
        join_all(foreign.iter().map(|id| registration(client, cache, id))),
        usages(client, spec, &registry),
    );
    Ok(Reading {
        subnets: wanted.into_iter().zip(subnets).collect(),
        registrations: foreign
            .into_iter()
            .zip(registrations)
            .filter_map(|(subscription, state)| Some((subscription, state?)))
            .collect(),
        registry,
        usages,
        service_endpoints_supported: supported,
    })
}

/// The wanted subnets whose state can matter: those whose rule is still to be added, and with `all_subnets` those whose
/// endpoint is ours to keep on. None where the plan refuses subnets anyway: another SKU than Premium, rules that this
/// api-version hides.
fn subnets_to_read(spec: &RegistrySpec, live: &LiveRegistry, options: ReadOptions) -> Vec<SubnetId> {
    let list = Setting::VirtualNetworkRules;
    let (Some(wanted), Some(_)) = (spec.settings.rules(list), live.settings.rules(list)) else {
        return Vec::new();
    };
    if !live.is_premium() {
        return Vec::new();
    }
    let listed = listed_subnets(live);
    let ours = options.all_subnets && spec.service_endpoints == ServiceEndpoints::Ensure;
    let mut subnets = Vec::new();
    for id in wanted.iter().filter_map(|wanted| wanted.rule.subnet()) {
        if ours || !listed.contains(id) {
            subnets.push(id.clone());
        }
    }
    subnets
}

/// The subscriptions, in lower case, whose registration can matter: those of subnets that are still to be added, and not
/// the registry's own, which is registered because the registry is there.
fn subscriptions_to_read(
    registry: &RegistryId,
    wanted: &[SubnetId],
    live: &LiveRegistry,
) -> BTreeSet<String> {
    let (own, listed) = (registry.subscription().to_ascii_lowercase(), listed_subnets(live));
    wanted
        .iter()
        .filter(|id| !listed.contains(id))
        .map(|id| id.subscription().to_ascii_lowercase())
        .filter(|subscription| *subscription != own)
        .collect()
}

fn listed_subnets(live: &LiveRegistry) -> BTreeSet<&SubnetId> {
    let rules = live
        .settings
        .rules(Setting::VirtualNetworkRules)
        .unwrap_or_default();
    rules.iter().filter_map(Rule::subnet).collect()
}

async fn subnet(client: &ArmClient, cache: &Cache, id: &SubnetId) -> LiveSubnet {
    once(&cache.subnets, id.key(), read_subnet(client, id)).await
}

/// Reads one registry and nothing else: one request.
pub async fn read_registry(client: &ArmClient, id: &RegistryId) -> Result<LiveRegistry, Failure> {
    let fetched = client.registry(id).await?;
    let read = parse::is_about(id, &fetched.body)
        .and_then(|()| parse::registry(&fetched.api_version, fetched.body));
    read.map_err(|error| unreadable(id.as_str(), &error))
}

/// Reads one subnet: one request.
pub async fn read_subnet(client: &ArmClient, id: &SubnetId) -> LiveSubnet {
    let fetched = match client.subnet(id).await {
        Ok(fetched) => fetched,
        Err(error) => return LiveSubnet::Unreadable(error.into()),
    };
    let read = parse::is_about(id, &fetched.body)
        .and_then(|()| parse::subnet(&fetched.api_version, fetched.etag, fetched.body));
    match read {
        Ok(subnet) => LiveSubnet::Present(subnet),
        Err(error) => LiveSubnet::Unreadable(unreadable(id.as_str(), &error)),
    }
}

/// `None` where the state cannot be read; Azure then says so itself when the rule is added.
async fn registration(client: &ArmClient, cache: &Cache, subscription: &str) -> Option<String> {
    let read = async {
        let state = client.provider_state(subscription, CONTAINER_REGISTRY).await;
        state
            .inspect_err(|error| tracing::debug!(%error, subscription, "registration is not known"))
            .ok()
    };
    once(&cache.registrations, subscription, read).await
}

/// `None` where no quota can matter, or where it cannot be read: the plan then goes by the documented limit.
async fn usages(client: &ArmClient, spec: &RegistrySpec, live: &LiveRegistry) -> Option<Usages> {
    if !quota_matters(spec, live) {
        return None;
    }
    let body = client.usages(&spec.id, &live.api_version).await;
    body.inspect_err(|error| tracing::debug!(%error, "quotas are not known"))
        .ok()
        .and_then(|body| {
            let read = parse::usages(&body);
            read.inspect_err(|error| tracing::debug!(%error, "quotas are not known"))
                .ok()
        })
}

/// Returns true if a list grows past the point where a quota can stop it.
fn quota_matters(spec: &RegistrySpec, live: &LiveRegistry) -> bool {
    // Only a Premium registry has subnet rules at all.
    grows_past(spec, live, Setting::IpRules)
        || (live.is_premium() && grows_past(spec, live, Setting::VirtualNetworkRules))
}

/// Returns true if the spec wants a rule that the list lacks, and with the live rules that stay makes too many. An
/// unparsed rule counts as one that stays.
fn grows_past(spec: &RegistrySpec, live: &LiveRegistry, list: Setting) -> bool {
    let (Some(wanted), Some(live)) = (spec.settings.rules(list), live.settings.rules(list)) else {
        return false;
    };
    let mut after: BTreeSet<&Rule> = wanted.iter().map(|listed| &listed.rule).collect();
    let live: BTreeSet<&Rule> = live.iter().collect();
    if after.is_subset(&live) {
        return false;
    }
    for rule in live {
        let unparsed = matches!(rule.target(), RuleTarget::Unparsed(_));
        if unparsed || spec.unlisted(rule) != UnlistedRule::Remove {
            after.insert(rule);
        }
    }
    after.len() > QUOTA_MATTERS_OVER
}

/// Makes the failure for an answer about `what` that has another shape than ARM documents.
fn unreadable(what: &str, error: &UnexpectedJson) -> Failure {
    Failure {
        kind: FailureKind::BadAnswer,
        ..Failure::new(
            ErrorCode::UnreadableAnswer,
            format!("cannot read the answer for `{what}`: {error}"),
        )
    }
    .with_help(
        "run it again, since nothing rests on such an answer; if it stays so, check `--arm-endpoint`, and if this is \
         Azure, report the api-version and this message",
    )
}
