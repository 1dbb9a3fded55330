//! The differences between a plan of the engine and the reference model.

use std::collections::BTreeSet;
use std::fmt::Debug;

use ringfence::live::Reading;
use ringfence::model::{OtherClient, Rule, Setting};
use ringfence::plan::{Direction, Lists, RegistryPlan, StepAction, deviations, lacks};
use ringfence::spec::RegistrySpec;
use serde_json::{Value, json};

use super::engine::{self, Limits};
use super::expected::{self, Gains};
use crate::azure_bodies::SUBSCRIPTION;
use crate::reference::addresses::{Range, range};
use crate::reference::decide::Endpoint;
use crate::reference::draw::Pair;
use crate::reference::state::State;

/// Aspects in which the engine and the model differ, each with an explanation.
type Differences = Vec<(&'static str, String)>;

/// One pair, its plan, and the states before and after it.
struct Judged<'a> {
    pair: &'a Pair,
    reading: &'a Reading,
    plan: &'a RegistryPlan,
    before: &'a State,
    after: &'a State,
    found: Differences,
}

/// Plans a pair and compares everything with the model.
pub(crate) fn differences(pair: &Pair, limits: Limits, registered: bool) -> Differences {
    let before = State::of(&pair.body);
    let after = pair.wanted.after(&before);
    let spec = engine::spec(&pair.wanted, &pair.body, limits);
    let reading = engine::reading(pair, registered);
    let plan = engine::plan(&spec, &reading);
    let mut judged = Judged {
        pair,
        reading: &reading,
        plan: &plan,
        before: &before,
        after: &after,
        found: Vec::new(),
    };
    judged.compare_changes();
    judged.compare_steps(registered);
    judged.compare_refusals(limits);
    judged.compare_notes();
    judged.compare_access();
    judged.compare_mode();
    let [both, changed_only] = [Lists::Both, Lists::ChangedOnly].map(|lists| {
        let patch = engine::patch(&plan, &reading, lists);
        judged.compare_patch(patch.as_ref(), lists);
        patch
    });
    if changed_only != both {
        judged.compare_result(changed_only.as_ref(), &spec);
    }
    judged.compare_result(both.as_ref(), &spec);
    judged.found
}

/// Turns on the endpoints that a plan turns on.
fn turn_on(pair: &mut Pair, before: &State) {
    let on = expected::endpoints(pair, before);
    for (id, endpoint) in &mut pair.endpoints {
        if on.contains(&id.to_lowercase()) {
            *endpoint = Endpoint::On;
        }
    }
}

/// Returns the changes of a plan as texts: the path, the rules that go in and out, and the value.
pub(crate) fn changes(plan: &RegistryPlan) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &plan.changes.settings {
        let rules = |listed: &[ringfence::spec::ListedRule]| {
            let texts = listed.iter().map(|listed| listed.rule.to_string());
            texts.collect::<Vec<_>>().join(" ")
        };
        let (add, remove) = (rules(&change.add), rules(&change.remove));
        lines.push(format!(
            "{} +{add} -{remove} {:?}",
            change.path.path(),
            change.after
        ));
    }
    lines
}

impl Judged<'_> {
    fn same<T: PartialEq + Debug>(&mut self, aspect: &'static str, found: &T, expected: &T) {
        if found != expected {
            let difference = format!("found {found:?}, expected {expected:?}");
            self.found.push((aspect, difference));
        }
    }

    fn compare_changes(&mut self) {
        let changes = &self.plan.changes;
        let paths: Vec<&str> = changes.settings.iter().map(|change| change.path.path()).collect();
        let expected = expected::changed(self.before, self.after);
        self.same("changed settings", &paths, &expected);
        let added = ranges(changes.added(Setting::IpRules).iter().map(|listed| &listed.rule));
        let expected = self.after.ips.difference(&self.before.ips).copied().collect();
        self.same("added IP rules", &added, &expected);
        let removed = ranges(
            changes
                .removed(Setting::IpRules)
                .iter()
                .map(|listed| &listed.rule),
        );
        let expected = self.before.ips.difference(&self.after.ips).copied().collect();
        self.same("removed IP rules", &removed, &expected);
        let stays = ranges(self.plan.rules_after(Setting::IpRules).iter());
        self.same("IP rules after", &stays, &self.after.ips);
    }

    fn compare_steps(&mut self, registered: bool) {
        let mut expected = Vec::new();
        let new: Vec<&String> = match (&self.before.subnets, &self.after.subnets) {
            (Some(before), Some(after)) => after.difference(before).collect(),
            _ => Vec::new(),
        };
        if !new.is_empty() && !registered {
            expected.push(format!("register {SUBSCRIPTION}"));
        }
        for id in expected::endpoints(self.pair, self.before) {
            expected.push(format!("enable {id}"));
        }
        let changed = expected::changed(self.before, self.after);
        if !changed.is_empty() {
            expected.push(format!("patch {}", changed.join(" ")));
        }
        let mut steps = Vec::new();
        for step in &self.plan.steps {
            steps.push(match &step.action {
                StepAction::RegisterProvider { subscription } => format!("register {subscription}"),
                StepAction::EnableServiceEndpoint { subnet } => {
                    format!("enable {}", subnet.as_str().to_lowercase())
                }
                StepAction::PatchRegistry { settings } => {
                    let paths: Vec<&str> = settings.iter().map(|setting| setting.path()).collect();
                    format!("patch {}", paths.join(" "))
                }
            });
        }
        self.same("steps", &steps, &expected);
    }

    fn compare_refusals(&mut self, limits: Limits) {
        let (mut guards, mut azure) = (BTreeSet::new(), BTreeSet::new());
        for refusal in &self.plan.refusals {
            // A guard that only an expired entry breaks has no flag.
            let codes = if refusal.guard().is_some() {
                &mut guards
            } else {
                &mut azure
            };
            codes.insert(refusal.code.name());
        }
        let expected = expected::azures_refusals(self.pair, self.before, self.after);
        self.same("Azure's refusals", &azure, &expected);
        if let Some(expected) = expected::guards(self.pair, limits, self.before, self.after) {
            self.same("guards", &guards, &expected);
        }
    }

    /// Compares the notes about live rules that stay although the spec does not list them.
    fn compare_notes(&mut self) {
        let has = |code: &str| self.plan.notes.iter().any(|note| note.code == code);
        let found = [has("ignored-rules"), has("kept-rules")];
        let wanted = &self.pair.wanted;
        let mut expected = [false, false];
        if let Some(ips) = &wanted.ips {
            let listed = crate::reference::wanted::ranges(ips);
            for rule in self.before.ips.difference(&listed) {
                let ignored = wanted.ignores_ip(*rule);
                expected[0] |= ignored;
                expected[1] |= !ignored && self.after.ips.contains(rule);
            }
        }
        if let (Some(ids), Some(live)) = (&wanted.subnets, &self.before.subnets) {
            let listed: BTreeSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
            for id in live.difference(&listed) {
                let ignored = wanted.ignores_subnet(id);
                expected[0] |= ignored;
                expected[1] |= !ignored && wanted.additive;
            }
        }
        self.same("notes about rules that stay", &found, &expected);
    }

    /// Compares who gains and loses access.
    fn compare_access(&mut self) {
        let off = expected::endpoints_off(self.pair, self.before);
        let [before, after] = [(self.before, &off[0]), (self.after, &off[1])]
            .map(|(state, off)| expected::Side { state, off });
        let gains = Gains::between(before, after);
        let losses = Gains::between(after, before);
        let access = &self.plan.access;
        self.same("opened addresses", &access.opened, &gains.addresses.public);
        self.same("closed addresses", &access.closed, &losses.addresses.public);
        for (aspect, ids, others, expected) in [
            ("opened", &access.subnets_opened, &access.others_opened, &gains),
            ("closed", &access.subnets_closed, &access.others_closed, &losses),
        ] {
            let ids: BTreeSet<String> = ids.iter().map(|id| id.as_str().to_lowercase()).collect();
            self.same(aspect, &ids, &expected.subnets);
            let kinds = [
                OtherClient::TrustedServices,
                OtherClient::Tasks,
                OtherClient::UnlistedSubnets,
            ]
            .map(|kind| others.contains(&kind));
            let expected = [
                expected.trusted_services,
                expected.tasks,
                expected.unlisted_subnets,
            ];
            self.same(aspect, &kinds, &expected);
        }
        let expected = match (gains.any(), losses.any()) {
            (true, true) => Direction::Both,
            (true, false) => Direction::Widens,
            (false, true) => Direction::Narrows,
            (false, false) => Direction::None,
        };
        self.same("effect", &access.effect, &expected);
    }

    fn compare_mode(&mut self) {
        let duplicates = expected::has_duplicates(self.pair, self.before);
        let all = |state: &State| state.ips.iter().any(|range| range.1 - range.0 >= u32::MAX / 2);
        if duplicates || !self.before.premium || all(self.before) || all(self.after) {
            return;
        }
        let mode = &self.plan.mode;
        for (found, state) in [(&mode.before, self.before), (&mode.after, self.after)] {
            self.same("mode", found, &expected::mode(state));
        }
    }

    /// Compares the registry after a PATCH, and plans again with every endpoint on that the plan turns on.
    fn compare_result(&mut self, patch: Option<&Value>, spec: &RegistrySpec) {
        let mut pair = self.pair.clone();
        if let Some(patch) = patch {
            engine::patch_body_of(&mut pair.body, patch);
        }
        self.same("state after", &State::of(&pair.body), self.after);
        turn_on(&mut pair, self.before);
        let next = engine::reading(&pair, true);
        let again = engine::plan(spec, &next);
        self.same("fixpoint", &changes(&again), &Vec::new());
        self.same("fixpoint steps", &again.steps.len(), &0);
        let (before, after) = (&self.reading.registry, &next.registry);
        let deviations = deviations(self.plan, before, after);
        let deviating: Vec<&str> = deviations.iter().map(|deviation| deviation.path.path()).collect();
        let unseen = expected::unseen(self.pair, self.before);
        self.same("verification", &deviating, &unseen);
        self.same("lacks", &lacks(self.plan, after), &false);
    }

    /// Compares the PATCH: only what changes, and each rule that stays as it was read.
    fn compare_patch(&mut self, patch: Option<&Value>, lists: Lists) {
        let changed = expected::changed(self.before, self.after);
        let mut expected = BTreeSet::new();
        let lists_change = changed.iter().any(|path| path.ends_with("Rules"));
        for path in &changed {
            let sends = match path.split_once('.') {
                None => vec![(*path).to_owned()],
                Some((set, key)) => vec![format!("{set}.defaultAction"), format!("{set}.{key}")],
            };
            expected.extend(sends);
        }
        if lists_change && lists == Lists::Both {
            expected.insert("networkRuleSet.ipRules".to_owned());
            // A list that is hidden must not be overwritten.
            if self.before.subnets.is_some() {
                expected.insert("networkRuleSet.virtualNetworkRules".to_owned());
            }
        }
        let properties = patch.map_or(Value::Null, |patch| patch["properties"].clone());
        let mut sent = BTreeSet::new();
        for (key, value) in properties.as_object().into_iter().flatten() {
            match value.as_object() {
                None => sent.insert(key.clone()),
                Some(set) => {
                    sent.extend(set.keys().map(|inner| format!("{key}.{inner}")));
                    true
                }
            };
        }
        self.same("keys of the PATCH", &sent, &expected);
        self.compare_elements(&properties["networkRuleSet"]);
    }

    fn live_lists(&self) -> [(&'static str, Option<&Vec<Value>>); 2] {
        let rules = &self.pair.body["properties"]["networkRuleSet"];
        ["ipRules", "virtualNetworkRules"].map(|key| (key, rules[key].as_array()))
    }

    /// Compares the elements that are sent: those of the registry, and new ones with two keys.
    fn compare_elements(&mut self, set: &Value) {
        let mut strange = Vec::new();
        for (key, live) in self.live_lists() {
            for element in set[key].as_array().into_iter().flatten() {
                let is_live = live.is_some_and(|live| live.contains(element));
                let name = if key == "ipRules" {
                    "value"
                } else {
                    "virtualNetworkSubnetResourceId"
                };
                let plain = json!({"action": "Allow", name: element[name]});
                let spelled = !element[name].as_str().is_some_and(|text| text.ends_with("/32"));
                if !is_live && (*element != plain || !spelled) {
                    strange.push(element.to_string());
                }
            }
        }
        self.same("elements of the PATCH", &strange, &Vec::new());
    }
}

/// Returns the ranges of IP rules.
fn ranges<'a>(rules: impl Iterator<Item = &'a Rule>) -> BTreeSet<Range> {
    rules.map(|rule| range(rule.as_str())).collect()
}
