//! Clients that are no public addresses: private endpoints, subnets, trusted services, ACR Tasks, IPv6.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::view::SideWords;
use crate::model::{Access, Admitted, Client, OtherClient, Rule, SubnetId, decide};
use crate::plan::{AccessPicture, PrivateEndpoints};
use crate::render::safe;

/// Most subnets named in one line.
const MOST_SUBNETS: usize = 5;

/// The answers to a client on both sides.
type Answers = (Admitted, Admitted);

/// Lists the clients by the answer that they get.
pub(super) fn clients(picture: &AccessPicture, sides: &SideWords) -> Markup {
    let mut lines: Vec<(&str, &str, String)> = Vec::new();
    for (answers, names) in by_answer(picture) {
        lines.push((class(answers), words(answers, sides), names.join(", ")));
    }
    if !picture.gone.is_empty() {
        let ids: Vec<&SubnetId> = picture.gone.iter().collect();
        let words = if ids.len() == 1 {
            "Does not exist"
        } else {
            "Do not exist"
        };
        lines.push(("no", words, named(&ids)));
    }
    html! {
        ul.clients {
            @for (class, words, names) in lines { li.(class) { b { (words) ":" } " " (names) } }
        }
    }
}

fn by_answer(picture: &AccessPicture) -> BTreeMap<Answers, Vec<String>> {
    let before = &picture.before;
    let after = picture.after.as_ref().unwrap_or(before);
    let mut lines: BTreeMap<Answers, Vec<String>> = BTreeMap::new();
    for (answer, names) in private_endpoints(picture.private_endpoints) {
        lines.entry((answer, answer)).or_default().push(names);
    }
    for (answers, subnets) in subnets(before, after, &picture.gone) {
        lines.entry(answers).or_default().push(named(&subnets));
    }
    for kind in OtherClient::ALL {
        let client = Client::Other(kind);
        let answers = (answer(before, &client), answer(after, &client));
        lines.entry(answers).or_default().push(kind.to_string());
    }
    lines
}

/// Names the private endpoints by the answer that they get.
fn private_endpoints(endpoints: PrivateEndpoints) -> Vec<(Admitted, String)> {
    let PrivateEndpoints {
        connections,
        approved,
    } = endpoints;
    let Some(approved) = approved else {
        let names = counted(connections, "private endpoint");
        return if connections > 0 {
            vec![(Admitted::Unknown, names)]
        } else {
            Vec::new()
        };
    };
    let mut lines = Vec::new();
    if approved > 0 {
        lines.push((Admitted::Yes, counted(approved, "private endpoint")));
    }
    let others = connections.saturating_sub(approved);
    if others > 0 {
        let names = counted(others, "private endpoint") + " without approval";
        lines.push((Admitted::No, names));
    }
    lines
}

fn answer(access: &Access, client: &Client) -> Admitted {
    decide(access, client).admitted
}

/// Returns the subnets of the rules of either side that exist.
fn subnets<'a>(
    before: &'a Access,
    after: &'a Access,
    gone: &BTreeSet<SubnetId>,
) -> BTreeMap<Answers, Vec<&'a SubnetId>> {
    let rules = before.subnets.iter().chain(&after.subnets);
    let mut ids: BTreeSet<&SubnetId> = rules.filter_map(Rule::subnet).collect();
    ids.retain(|id| !gone.contains(*id));
    let mut found: BTreeMap<Answers, Vec<&SubnetId>> = BTreeMap::new();
    for id in ids {
        let client = Client::Subnet(id.clone());
        let answers = (answer(before, &client), answer(after, &client));
        found.entry(answers).or_default().push(id);
    }
    found
}

fn named(subnets: &[&SubnetId]) -> String {
    let mut names = Vec::new();
    for id in subnets.iter().take(MOST_SUBNETS) {
        names.push(safe(&id.short()).into_owned());
    }
    let mut text = format!("{} {}", counted(subnets.len(), "subnet"), names.join(", "));
    if subnets.len() > MOST_SUBNETS {
        text += &format!(" and {} more", subnets.len() - MOST_SUBNETS);
    }
    text
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns the look of a line.
fn class((before, after): Answers) -> &'static str {
    match (before, after) {
        (Admitted::Yes, Admitted::Yes) => "yes",
        (Admitted::No, Admitted::No) => "no",
        (Admitted::Unknown, _) | (_, Admitted::Unknown) => "may",
        (_, Admitted::Yes) => "gain",
        (_, Admitted::No) => "loss",
    }
}

fn words((before, after): Answers, sides: &SideWords) -> &'static str {
    match (before, after) {
        (Admitted::Yes, Admitted::Yes) => "Get in",
        (Admitted::No, Admitted::No) => "Refused",
        (Admitted::Unknown, Admitted::Unknown) => "May get in",
        (Admitted::No, Admitted::Yes) => sides.gain,
        (Admitted::Yes, Admitted::No) => sides.lose,
        (Admitted::Unknown, Admitted::Yes) | (Admitted::No, Admitted::Unknown) => sides.may_gain,
        (Admitted::Unknown, Admitted::No) | (Admitted::Yes, Admitted::Unknown) => sides.may_lose,
    }
}
