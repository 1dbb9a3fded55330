//! Checks of rule lists.

use std::collections::BTreeSet;

use super::input::{CheckInput, Found};
use crate::model::{Admitted, Client, Mode, OtherClient, Rule, Setting, decide};
use crate::plan::rules::LeftAlone;
use crate::spec::{Origin, UnlistedRule};

/// Notes rules of the spec that have expired.
pub(super) fn expired(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for listed in &input.wanted.expired {
        let name = match &listed.name {
            Some(name) => format!(" of `{name}`"),
            None => String::new(),
        };
        let day = match listed.expires() {
            Some(day) => day.to_string(),
            None => String::new(),
        };
        // Another team may own the range; then the rule stays although it has expired.
        let stays = match input.wanted.unlisted(&listed.rule) {
            UnlistedRule::Ignore => ", but `ignore` leaves it alone",
            UnlistedRule::Keep | UnlistedRule::Remove => "",
        };
        found.push(Found::note(format!(
            "`{}`{name} expired on {day}: it is not wanted any more{stays}",
            listed.rule
        )));
    }
    found
}

/// Notes live rules that `ignore` leaves to others.
pub(super) fn ignored(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for LeftAlone { ignored, .. } in input.left_alone {
        let mut ignored = ignored.clone();
        ignored.retain(|rule| !input.wanted.leased.contains_key(rule));
        if !ignored.is_empty() {
            found.push(Found::note(format!(
                "left alone because of `ignore`: {}",
                first_few(&ignored)
            )));
        }
    }
    found
}

/// Notes live rules that a job needs for a while.
pub(super) fn leased(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for LeftAlone { ignored, .. } in input.left_alone {
        for rule in ignored {
            if let Some(lease) = input.wanted.leased.get(rule) {
                found.push(Found::note(format!(
                    "`{rule}` stays while it is open by the lease {lease}: its job, or `close`, takes it out"
                )));
            }
        }
    }
    found
}

/// Notes live rules that stay because the spec only adds, or because a restore takes back what its run changed.
pub(super) fn kept(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let why = match input.wanted.origin {
        // A command names the rules that it changes, so all others stay in any case.
        Origin::Flags => return found,
        Origin::Snapshot => "not changed by the run that is taken back, so they stay",
        Origin::File => "not listed, kept because of `ownership: additive`",
    };
    for LeftAlone { kept, .. } in input.left_alone {
        if !kept.is_empty() {
            found.push(Found::note(format!("{why}: {}", first_few(kept))));
        }
    }
    found
}

/// Notes live rules that stay because their clients are not known.
pub(super) fn unparsed_kept(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for LeftAlone { unparsed, .. } in input.left_alone {
        if !unparsed.is_empty() {
            found.push(Found::note(format!(
                "not listed, left alone because they are neither IPv4 ranges nor subnet ids, and their clients are not known: {}; \
                 `ignore: [{{text: …}}]` accepts them, and `--override unparsed` removes them",
                first_few(unparsed)
            )));
        }
    }
    found
}

/// Names the first few rules; a list of hundreds helps no one.
pub(super) fn first_few<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    const MOST: usize = 5;
    let rules: Vec<&Rule> = rules.into_iter().collect();
    let mut text: Vec<String> = rules.iter().take(MOST).map(|rule| quoted(rule)).collect();
    if rules.len() > MOST {
        text.push(format!("{} more", rules.len() - MOST));
    }
    text.join(", ")
}

/// Writes a rule. A subnet has its short name: an id takes a line of its own.
fn quoted(rule: &Rule) -> String {
    match rule.subnet() {
        Some(subnet) => format!("subnet `{}`", subnet.short()),
        None => format!("`{rule}`"),
    }
}

/// Notes that subnet rules are hidden, where that matters to the change.
pub(super) fn hidden(input: &CheckInput<'_>) -> Vec<Found> {
    if !input.live().hides_subnet_rules() {
        return Vec::new();
    }
    let version = &input.live().api_version;
    // An open registry admits every client, so hidden rules do no harm there.
    if input.opens && input.wanted.settings.manages(Setting::VirtualNetworkRules) {
        return vec![Found::note(format!(
            "api-version `{version}` hides subnet rules: any that exist stay, dormant under `Allow`"
        ))];
    }
    if input.changes.get(Setting::IpRules).is_some() {
        return vec![Found::note(format!(
            "api-version `{version}` hides subnet rules: the IP rules are sent alone, and what that does to hidden \
             subnet rules is not recorded anywhere"
        ))];
    }
    let managed = input.wanted.settings.manages(Setting::VirtualNetworkRules);
    let in_force = matches!(
        input.after.mode(),
        Mode::SelectedNetworks { .. } | Mode::AllAddresses { .. }
    );
    if in_force && !managed {
        return vec![Found::note(format!(
            "api-version `{version}` hides subnet rules: which subnets get in is not known"
        ))];
    }
    Vec::new()
}

/// Refuses to manage subnets that the api-version hides.
pub(super) fn hidden_and_managed(input: &CheckInput<'_>) -> Vec<Found> {
    let managed = input.wanted.settings.manages(Setting::VirtualNetworkRules);
    if input.opens || !managed || !input.live().hides_subnet_rules() {
        return Vec::new();
    }
    let version = &input.live().api_version;
    vec![Found::refusal(
        format!("api-version `{version}` hides subnet rules, so they can neither be compared nor kept"),
        match input.wanted.origin {
            Origin::Snapshot => {
                "restore again when Azure offers an api-version that shows them, or put the other settings of the \
                 snapshot into a spec and apply that"
            }
            Origin::File => "leave `subnets` out of the spec; IP rules alone can be managed here",
            Origin::Flags => "leave `--subnet` out; IP rules alone can be changed here",
        },
    )]
}

/// Notes rules that a command removes and that are not there, with the rule that admits their clients all the same.
pub(super) fn not_there(input: &CheckInput<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if input.wanted.origin != Origin::Flags {
        return found;
    }
    let live: BTreeSet<&Rule> = input.live().settings.all_rules().collect();
    for rule in &input.wanted.remove {
        if live.contains(rule) {
            continue;
        }
        let mut message = format!("there is no rule `{rule}` to remove");
        if let Some(wider) = live.iter().find(|live| live.covers(rule)) {
            message += &format!("; `{wider}` contains it and stays");
        }
        found.push(Found::note(message));
    }
    found
}

/// Notes a change that leaves listed rules dormant.
pub(super) fn dormant(input: &CheckInput<'_>) -> Vec<Found> {
    match input.after.mode() {
        Mode::Open { dormant } if dormant > 0 && !input.changes.is_empty() => {
            vec![Found::note(format!(
                "`defaultAction` is `Allow`: the listed rules ({dormant}) have no effect until it is `Deny`"
            ))]
        }
        _ => Vec::new(),
    }
}

/// Notes a change that leaves listed rules without effect.
pub(super) fn dead(input: &CheckInput<'_>) -> Vec<Found> {
    match input.after.mode() {
        Mode::PrivateOnly { dead } if dead > 0 && !input.changes.is_empty() => {
            let trusted = Client::Other(OtherClient::TrustedServices);
            let unknown = match decide(input.after, &trusted).admitted {
                Admitted::Unknown => {
                    "; no documentation says if trusted services get in beside dead subnet rules"
                }
                Admitted::Yes | Admitted::No => "",
            };
            vec![Found::note(format!(
                "`publicNetworkAccess` is `Disabled`: the listed rules ({dead}) have no effect, subnets included{unknown}"
            ))]
        }
        _ => Vec::new(),
    }
}

/// Notes rules that go and that no spec can name: they cannot come back.
pub(super) fn unparsed_removed(input: &CheckInput<'_>) -> Vec<Found> {
    let mut rules = Vec::new();
    // A list can also hold a text of the other list's kind, which no spec can name there.
    for listed in input.changes.removed(Setting::IpRules) {
        if listed.rule.cidr().is_none() {
            rules.push(&listed.rule);
        }
    }
    for listed in input.changes.removed(Setting::VirtualNetworkRules) {
        if listed.rule.subnet().is_none() {
            rules.push(&listed.rule);
        }
    }
    if rules.is_empty() {
        return Vec::new();
    }
    vec![Found::note(format!(
        "these rules are neither IPv4 ranges nor subnet ids, so their clients are not known, and neither a spec nor the \
         undo command can bring them back: {}",
        first_few(rules)
    ))]
}
