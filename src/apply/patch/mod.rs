//! The write of a registry that may take more than one try. Azure has no etag on registries, so what a PATCH says rests
//! on a read right before it, and every further try reads again.
//!
//! Writers that share a registry's lists can overwrite each other all the same; what can be done is to merge, to look
//! again, and to write again.

pub(crate) mod send;
pub(crate) mod shape;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Context;
use super::stale::refusals;
use crate::azure::{Waits, WriteError};
use crate::live::{LiveRegistry, SubnetRules, read_registry};
use crate::plan::{RegistryPlan, Setting, canonical, deviations, gone, lacks};
use crate::spec::Ownership;
use send::{Broken, Sent, came_about, patch, read_back, refused, unread};
use shape::Shape;

/// How often rules that were dropped are written before giving up.
const ROUNDS: u32 = 8;

/// How it ended where nothing broke.
pub(crate) enum Settled {
    /// Written; what should still be there of the state before our last write, and what is there after everybody came
    /// to rest.
    Written {
        before: LiveRegistry,
        now: Box<LiveRegistry>,
    },
    /// The plan does not hold on what is there now.
    Moved {
        live: LiveRegistry,
        /// Whether it was written before that, or may have been.
        written: bool,
    },
    /// Somebody else has made the changes already, so nothing was written.
    AsWanted(LiveRegistry),
    /// Before anything was written.
    Interrupted,
}

/// Writes what the plan changes on the registry itself, on what is there right before the write: `fresh` where that
/// has just been read. Where others share the lists it looks once more after a while: a rival who read before our write
/// and wrote after it has dropped our rules, and by then has done so. Rules of others that our own write lost are
/// written again with ours.
pub(crate) async fn write(
    context: &Context<'_>,
    plan: &RegistryPlan,
    fresh: Option<&LiveRegistry>,
) -> Result<Settled, Broken> {
    let mut writer = Writer {
        context,
        plan,
        shared: shares_lists(plan),
        waits: context.client.waits(plan.id.as_str()),
        shape: Shape::RECORDED,
        guessed: None,
        unanswered: None,
        last: None,
        rounds: 0,
        written: false,
        taken: false,
    };
    let mut fresh = fresh.filter(|_| !writer.shared).cloned();
    loop {
        let live = match fresh.take() {
            Some(live) => live,
            None => match writer.read_before().await? {
                Some(live) => live,
                None => return Ok(Settled::Interrupted),
            },
        };
        if let Some(settled) = writer.step(live).await? {
            return Ok(settled);
        }
    }
}

/// Whether others may write the lists that this plan changes.
fn shares_lists(plan: &RegistryPlan) -> bool {
    let changes = [Setting::IpRules, Setting::VirtualNetworkRules]
        .iter()
        .any(|path| plan.change(*path).is_some());
    changes && plan.ownership == Ownership::Additive
}

/// A write in its tries and rounds.
struct Writer<'a> {
    context: &'a Context<'a>,
    plan: &'a RegistryPlan,
    shared: bool,
    waits: Waits,
    shape: Shape,
    /// The answer that made us guess the other spelling.
    guessed: Option<WriteError>,
    /// What the last try rested on, where it got no answer, or the answer "later".
    unanswered: Option<LiveRegistry>,
    /// The last round, after which something was missing.
    last: Option<Round>,
    rounds: u32,
    /// Whether a try was processed, or may have been.
    written: bool,
    /// Whether one certainly was.
    taken: bool,
}

impl Writer<'_> {
    async fn read(&self) -> Result<LiveRegistry, Broken> {
        let live = read_registry(self.context.client, &self.plan.id).await;
        live.map_err(|error| match self.written {
            true => unread(error, self.taken),
            false => error.into(),
        })
    }

    /// What is there before a try; `None` where an interruption comes before anything was written.
    async fn read_before(&self) -> Result<Option<LiveRegistry>, Broken> {
        if self.written {
            return self.read().await.map(Some);
        }
        tokio::select! {
            live = self.read() => live.map(Some),
            () = self.context.cancel.cancelled() => Ok(None),
        }
    }

    /// One try on what is there now; `None` where another one has to follow.
    async fn step(&mut self, mut live: LiveRegistry) -> Result<Option<Settled>, Broken> {
        if let Some(before) = self.unanswered.take()
            && came_about(self.plan, &before, &live)
        {
            self.wrote();
            if deviations(self.plan, &before, &live).is_empty() {
                return self.look(before, Sent::found(live)).await;
            }
        }
        if !refusals(self.plan, &live, &self.context.plan.guards).is_empty() {
            let written = self.written;
            return Ok(Some(Settled::Moved { live, written }));
        }
        if !self.written && deviations(self.plan, &live, &live).is_empty() {
            return Ok(Some(Settled::AsWanted(live)));
        }
        if let Some(last) = &self.last {
            last.give_back(&mut live);
        }
        match patch(self.context, self.plan, &live, self.shape).await {
            Ok(answer) => {
                self.wrote();
                let sent = read_back(self.context, self.plan, &live, self.shape, &answer).await?;
                self.look(live, sent).await
            }
            Err(error) => self.again(live, error).await,
        }
    }

    /// Whether and how to try again after an answer that says no, or none.
    async fn again(&mut self, live: LiveRegistry, error: WriteError) -> Result<Option<Settled>, Broken> {
        self.written |= error.accepted;
        if let Some(shape) = self.shape.after(&error, self.plan, &live) {
            self.guessed = shape.respelled().is_none().then_some(error);
            self.shape = shape;
            return Ok(None);
        }
        let again = tokio::select! {
            again = self.waits.before_retry(&error) => again,
            () = self.context.cancel.cancelled() => false,
        };
        if again {
            self.unanswered = Some(live);
            return Ok(None);
        }
        // The other spelling was only a guess: what was said of the first is the one to report.
        let error = self.guessed.take().unwrap_or(error);
        Err(refused(self.context, self.plan, &live, error).await)
    }

    /// Remembers that a try was processed, whatever its answer said.
    fn wrote(&mut self) {
        (self.written, self.taken) = (true, true);
        self.context.written.store(true, Ordering::Relaxed);
    }

    /// Looks at what came of a write.
    async fn look(&mut self, before: LiveRegistry, sent: Sent) -> Result<Option<Settled>, Broken> {
        let sent = self.at_rest(sent).await?;
        let round = Round::of(self.plan, before, sent);
        self.rounds += 1;
        let last = self.rounds == ROUNDS || self.context.cancel.is_cancelled();
        if !self.shared || last || round.is_whole(self.plan) {
            let Round { before, now, .. } = round;
            return Ok(Some(Settled::Written { before, now }));
        }
        self.last = Some(round);
        let next = self.rounds + 1;
        self.context
            .say(&format!("rules were dropped: writing again, round {next}"));
        self.pause(jitter(self.context.settle)).await;
        Ok(None)
    }

    /// What is there when other writers are done. It does not wait where our rules are gone already.
    async fn at_rest(&self, mut sent: Sent) -> Result<Sent, Broken> {
        if self.shared && !lacks(self.plan, &sent.now) {
            self.context.say("waiting for other writers to come to rest");
            let settle = self.context.settle;
            self.pause(settle + jitter(settle / 4)).await;
            sent.now = Box::new(self.read().await?);
        }
        Ok(sent)
    }

    /// Waits, but not on after an interruption.
    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.context.cancel.cancelled() => {}
        }
    }
}

/// One write and what came of it.
struct Round {
    /// What should still be there of the state before the write.
    before: LiveRegistry,
    now: Box<LiveRegistry>,
    /// Rules of others, in canonical form, that are gone although nobody wrote after us.
    lost: BTreeSet<String>,
}

impl Round {
    fn of(plan: &RegistryPlan, before: LiveRegistry, sent: Sent) -> Self {
        let before = without_what_others_took(plan, before, &sent);
        let lost = match sent.is_last() {
            Some(true) => gone(plan, &before, &sent.now),
            _ => BTreeSet::new(),
        };
        let now = sent.now;
        Self { before, now, lost }
    }

    /// Whether our rules are there, and those of others that nobody else took out.
    fn is_whole(&self, plan: &RegistryPlan) -> bool {
        self.lost.is_empty() && !lacks(plan, &self.now)
    }

    /// Puts the rules that our write lost into what is about to be written.
    fn give_back(&self, live: &mut LiveRegistry) {
        let old = self.before.ip_rules.iter();
        let ips = missing(&self.lost, old, &live.ip_rules, |rule| &rule.value);
        live.ip_rules.extend(ips);
        if let (SubnetRules::Shown(old), SubnetRules::Shown(rules)) =
            (&self.before.subnet_rules, &mut live.subnet_rules)
        {
            let subnets = missing(&self.lost, old.iter(), rules, |rule| &rule.value);
            rules.extend(subnets);
        }
    }
}

/// The `old` rules that are `lost` and not there again.
fn missing<'a, R: Clone + 'a>(
    lost: &BTreeSet<String>,
    old: impl Iterator<Item = &'a R>,
    there: &[R],
    value: impl Fn(&R) -> &String,
) -> Vec<R> {
    let there: BTreeSet<String> = there.iter().map(|rule| canonical(value(rule))).collect();
    let rest = lost - &there;
    old.filter(|rule| rest.contains(&canonical(value(rule))))
        .cloned()
        .collect()
}

/// The state before our write, as far as it should still be there: a rule that is gone after somebody else wrote is
/// their own doing.
fn without_what_others_took(plan: &RegistryPlan, mut before: LiveRegistry, sent: &Sent) -> LiveRegistry {
    if sent.is_last() == Some(false) {
        let taken = gone(plan, &before, &sent.now);
        before
            .ip_rules
            .retain(|rule| !taken.contains(&canonical(&rule.value)));
        if let SubnetRules::Shown(rules) = &mut before.subnet_rules {
            rules.retain(|rule| !taken.contains(&canonical(&rule.value)));
        }
    }
    before
}

/// A random part of a time, so that rivals do not meet again in the next round.
fn jitter(most: Duration) -> Duration {
    let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
    most.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::{Reading, parse};
    use crate::plan::{Policy, plan_registry};
    use crate::spec::{Ownership, RegistrySpec, Sourced};

    fn live(at: &str, ips: &[&str]) -> LiveRegistry {
        let rules: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"action": "Allow", "value": ip}))
            .collect();
        let body = json!({
            "id": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {
                "provisioningState": "Succeeded",
                "loginServer": "contoso.azurecr.io",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []}
            },
            "systemData": {"lastModifiedBy": "somebody", "lastModifiedAt": at}
        });
        parse::registry("2025-11-01", body).unwrap()
    }

    /// A plan that shares the list and adds nothing to it.
    fn sharing(live: &LiveRegistry) -> RegistryPlan {
        let spec = RegistrySpec {
            ip_rules: Some(Sourced::unsourced(Vec::new())),
            ownership: Ownership::Additive,
            ..RegistrySpec::unmanaged(live.id.clone())
        };
        let reading = Reading::of(live.clone());
        plan_registry(&spec, &reading, &Policy::default())
    }

    #[test]
    fn a_rule_that_is_gone_is_their_doing_only_where_somebody_wrote_after_us() {
        let before = live("1", &["198.51.100.1", "198.51.100.2"]);
        let plan = sharing(&before);
        for (wrote, now, stays, last) in [
            (Some("2"), "3", 1, Some(false)),
            (Some("2"), "2", 2, Some(true)),
            (None, "3", 2, None),
        ] {
            let sent = Sent::new(wrote, live(now, &["198.51.100.2"]));
            assert_eq!(sent.is_last(), last);
            let expected = without_what_others_took(&plan, before.clone(), &sent);
            assert_eq!(expected.ip_rules.len(), stays, "{wrote:?} {now}");
        }
    }

    /// Api-versions hide settings, and one that shows up has not changed by that.
    #[test]
    fn what_was_not_shown_before_has_not_changed() {
        let before = live("1", &[]);
        let plan = sharing(&before);
        for (now, changed) in [(Some("None"), false), (None, false)] {
            let after = LiveRegistry {
                network_rule_bypass_options: now.map(str::to_owned),
                ..before.clone()
            };
            assert_eq!(!deviations(&plan, &before, &after).is_empty(), changed);
            let shown = LiveRegistry {
                network_rule_bypass_options: Some("azureservices".to_owned()),
                ..before.clone()
            };
            let changed = !deviations(&plan, &shown, &after).is_empty();
            assert!(changed, "{now:?}");
        }
    }
}
