//! The changes of a registry in the words of the spec, with those of ARM where they differ.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::group::{Detail, Group};
use crate::model::{Cidr, Rule, Setting};
use crate::plan::{Change, RegistryPlan, Who};
use crate::render::text::common::{self, plain_or_absent};
use crate::render::{Paint, fit, safe};
use crate::spec::{ListedRule, Source};

/// Widest column of rules that others are aligned with, in characters.
const WIDEST_RULE: usize = 24;

/// Writes the changes of a group of registries, a line for each value and each rule.
pub(super) fn changes(group: &Group<'_>, detail: Detail, paint: Paint) -> Vec<String> {
    let writer = ChangeWriter {
        group,
        detail,
        paint,
        lost: lost(group.first),
        switched: switched(group.first),
    };
    let mut lines = Vec::new();
    for change in &group.first.changes.settings {
        if change.path.is_list() {
            lines.extend(writer.list(change));
        } else {
            lines.extend(writer.single(change));
        }
    }
    // Endpoints of subnets that have their rule already.
    let switched = writer.switched_only();
    if !switched.is_empty() {
        let rows: Vec<Row<'_>> = switched.into_iter().map(Row::Switched).collect();
        let is_listed = group.first.changes.get(Setting::VirtualNetworkRules).is_some();
        if !is_listed {
            lines.extend(writer.key(Setting::VirtualNetworkRules));
        }
        lines.extend(
            writer.rows(
                &rows,
                group
                    .first
                    .changes
                    .endpoints
                    .as_ref()
                    .and_then(|e| e.source.as_ref()),
            ),
        );
    }
    lines
}

/// One line of a list.
#[derive(Clone, Copy)]
enum Row<'a> {
    Added(&'a ListedRule),
    Removed(&'a ListedRule),
    /// The rule stays, and the service endpoint of its subnet is turned on.
    Switched(&'a ListedRule),
}

impl<'a> Row<'a> {
    fn listed(self) -> &'a ListedRule {
        match self {
            Self::Added(listed) | Self::Removed(listed) | Self::Switched(listed) => listed,
        }
    }
}

/// Writes the changes of one registry, which stands for its group.
struct ChangeWriter<'a> {
    group: &'a Group<'a>,
    detail: Detail,
    paint: Paint,
    /// Addresses that lose access, by the range of their rule. `None` if everyone loses access.
    lost: Option<BTreeMap<Cidr, u64>>,
    /// Rules of subnets whose service endpoint is turned on.
    switched: BTreeSet<&'a Rule>,
}

/// Returns the addresses of each range that loses access. Where everyone does, a removed rule says nothing of its own.
fn lost(plan: &RegistryPlan) -> Option<BTreeMap<Cidr, u64>> {
    let mut lost = BTreeMap::new();
    match &plan.access.loses {
        Some(Who::EveryoneBut(_)) => return None,
        Some(Who::Only(list)) => {
            for range in &list.ranges {
                lost.insert(range.range, range.addresses);
            }
        }
        None => {}
    }
    Some(lost)
}

fn switched(plan: &RegistryPlan) -> BTreeSet<&Rule> {
    let mut switched = BTreeSet::new();
    if let Some(endpoints) = &plan.changes.endpoints {
        for listed in &endpoints.add {
            switched.insert(&listed.rule);
        }
    }
    switched
}

impl<'a> ChangeWriter<'a> {
    /// Writes a single value: `defaultAction: Allow → Deny`.
    fn single(&self, change: &Change) -> Vec<String> {
        let setting = change.path;
        let in_spec = |value| setting.spec_value(value);
        let before = plain_or_absent(change.before.as_ref().map(in_spec).as_ref());
        let after = plain_or_absent(change.after.as_ref().map(in_spec).as_ref());
        let mut remarks = Vec::new();
        if setting.spec_key() != setting.key() {
            // A flag of the spec may be a word in ARM.
            let value = plain_or_absent(change.after.as_ref());
            let value = if value == after {
                String::new()
            } else {
                format!(" {value}")
            };
            remarks.push(format!("ARM: {}{value}", setting.key()));
        }
        remarks.extend(self.place(change.source.as_ref()));
        let line = format!("  {}: {before} → {after}", setting.spec_key());
        self.with_remarks(line, &remarks, 4)
    }

    /// Writes the rules that a list gains and loses, and counts those that stay.
    fn list(&self, change: &Change) -> Vec<String> {
        let mut lines = self.key(change.path);
        let rows = merge(&change.add, &change.remove);
        lines.extend(self.rows(&rows, change.source.as_ref()));
        let list = change.path;
        if self.detail == Detail::Own && self.group.agrees(|one| staying(one, list)) {
            let stays = staying(self.group.first, list);
            if stays > 0 {
                let number = common::count(stays, "unchanged rule", "unchanged rules");
                lines.push(self.paint.dim(format!("    … {number}")).to_string());
            }
        }
        lines
    }

    fn key(&self, setting: Setting) -> Vec<String> {
        let mut remarks = Vec::new();
        if setting.spec_key() != setting.key() {
            remarks.push(format!("ARM: {}", setting.key()));
        }
        self.with_remarks(format!("  {}:", setting.spec_key()), &remarks, 4)
    }

    /// Writes rules in a column, and what is known about each. `asked` is the key that they are under.
    fn rows(&self, rows: &[Row<'_>], asked: Option<&Source>) -> Vec<String> {
        let mut widest = 0;
        for row in rows {
            let width = fit::display_width(&self.rule(&row.listed().rule));
            if width <= WIDEST_RULE {
                widest = widest.max(width);
            }
        }
        let mut lines = Vec::new();
        for row in rows {
            let text = fit::padded(&self.rule(&row.listed().rule), widest);
            let line = match row {
                Row::Added(_) => format!("    {}", self.paint.good(format!("+ {text}"))),
                Row::Removed(_) => format!("    {}", self.paint.bad(format!("- {text}"))),
                Row::Switched(_) => format!("    {}", self.paint.warn(format!("~ {text}"))),
            };
            lines.extend(self.with_remarks(line, &self.remarks(*row, asked), widest + 8));
        }
        lines
    }

    /// Names a subnet in short, unless ids are asked for.
    fn rule(&self, rule: &Rule) -> String {
        match rule.subnet() {
            Some(id) if !self.paint.shows_ids() => safe(&id.short()).into_owned(),
            _ => safe(rule.as_str()).into_owned(),
        }
    }

    /// Returns what is known about a rule: its effect, the words of the spec, and its line.
    fn remarks(&self, row: Row<'_>, asked: Option<&Source>) -> Vec<String> {
        let listed = row.listed();
        let mut remarks = Vec::new();
        match row {
            Row::Removed(_) => remarks.extend(self.loss(&listed.rule)),
            Row::Switched(_) => remarks.push(ENDPOINT_ON.to_owned()),
            Row::Added(_) => {
                if self.switched.contains(&listed.rule) {
                    remarks.push(ENDPOINT_ON.to_owned());
                }
            }
        }
        remarks.extend(words(listed));
        let place = match row {
            Row::Removed(_) => listed.source.as_ref(),
            Row::Added(_) | Row::Switched(_) => listed.source.as_ref().or(asked),
        };
        remarks.extend(self.place(place));
        remarks
    }

    /// Says who loses access with a rule.
    fn loss(&self, rule: &Rule) -> Option<String> {
        let access = &self.group.first.access;
        if let Some(id) = rule.subnet() {
            let is_lost = self.lost.is_some() && access.subnets_closed.contains(id);
            let verb = if access.uncertain.subnets.contains(id) {
                "may lose"
            } else {
                "loses"
            };
            return is_lost.then(|| format!("{verb} access"));
        }
        let (lost, range) = (self.lost.as_ref()?, rule.cidr()?);
        let Some(number) = lost.get(&range) else {
            return Some("no address loses access".to_owned());
        };
        let verb = match (access.uncertain.addresses, number) {
            (true, _) => "may lose",
            (false, 1) => "loses",
            (false, _) => "lose",
        };
        Some(format!("{} {verb} access", common::addresses(*number)))
    }

    /// Writes a place in the file of the registry as `line 7`, and one in another file as `networks.yaml:7`.
    fn place(&self, source: Option<&Source>) -> Option<String> {
        if self.detail == Detail::Shared {
            return None;
        }
        let source = source?;
        match &self.group.first.source {
            Some(own) if own.file == source.file => Some(format!("line {}", source.line)),
            _ => Some(common::place(source)),
        }
    }

    /// Returns the subnets whose endpoint is turned on and that gain no rule.
    fn switched_only(&self) -> Vec<&'a ListedRule> {
        let changes = &self.group.first.changes;
        let added = changes.added(Setting::VirtualNetworkRules);
        let mut switched = Vec::new();
        if let Some(endpoints) = &changes.endpoints {
            for listed in &endpoints.add {
                // Both lists are sorted.
                if added.binary_search_by(|one| one.rule.cmp(&listed.rule)).is_err() {
                    switched.push(listed);
                }
            }
        }
        switched
    }

    /// Adds dimmed remarks to a line, and breaks it at the width of the terminal.
    fn with_remarks(&self, line: String, remarks: &[String], hanging: usize) -> Vec<String> {
        if remarks.is_empty() {
            return vec![line.trim_end().to_owned()];
        }
        let remarks = self.paint.dim(remarks.join("; "));
        common::wrap(&format!("{line}  {remarks}"), hanging, self.paint)
    }
}

const ENDPOINT_ON: &str = "its service endpoint is turned on";

/// Returns the number of rules of a list that stay.
fn staying(plan: &RegistryPlan, list: Setting) -> usize {
    let live = plan.basis.settings.rules(list).unwrap_or_default().len();
    live.saturating_sub(plan.changes.removed(list).len())
}

/// Merges two sorted lists of rules. A registry can have any number of rules, and this takes one pass.
fn merge<'a>(added: &'a [ListedRule], removed: &'a [ListedRule]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(added.len() + removed.len());
    let (mut added, mut removed) = (added.iter().peekable(), removed.iter().peekable());
    while let (Some(new), Some(old)) = (added.peek(), removed.peek()) {
        if new.rule.cmp(&old.rule) == Ordering::Less {
            rows.extend(added.next().map(Row::Added));
        } else {
            rows.extend(removed.next().map(Row::Removed));
        }
    }
    rows.extend(added.map(Row::Added));
    rows.extend(removed.map(Row::Removed));
    rows
}

/// Returns what the spec says about a rule: `vendor: nightly scans; owner supply-chain; SEC-142; expires 2027-03-31`.
pub(in crate::render) fn words(listed: &ListedRule) -> Vec<String> {
    let mut words = Vec::new();
    let info = listed.info.as_deref();
    // The name and the reason belong together; one of them alone stands for itself.
    match (&listed.name, info.and_then(|info| info.reason.as_ref())) {
        (Some(name), Some(reason)) => words.push(format!("{}: {}", safe(name), safe(reason))),
        (Some(text), None) | (None, Some(text)) => words.push(safe(text).into_owned()),
        (None, None) => {}
    }
    if let Some(info) = info {
        if let Some(owner) = &info.owner {
            words.push(format!("owner {}", safe(owner)));
        }
        if let Some(ticket) = &info.ticket {
            words.push(safe(ticket).into_owned());
        }
        if let Some(day) = info.expires {
            words.push(format!("expires {day}"));
        }
    }
    words
}
