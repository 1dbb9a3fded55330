//! The words of next steps, and what a reader does on them.

use super::client::Client;
use super::deeds::Deed;
use super::walk::Walk;

/// Words after which a next step offers another way.
const OTHER_WAYS: [&str; 3] = [", or ", "; or ", "; where "];

/// Begins what comes after every way.
const AT_LAST: &str = "; an apply leaves";

/// Begins what comes before every way, and ends it.
const AT_FIRST: [&str; 2] = ["an apply leaves", "; then "];

/// What a reader does on each wording.
const DEEDS: &[(&str, Deed)] = &[
    ("list the clients", Deed::ListClients),
    ("list every client", Deed::ListClients),
    ("list the addresses that the clients have", Deed::NarrowToClients),
    ("replace the widest rules by the addresses", Deed::NarrowToClients),
    ("list the public addresses of the clients", Deed::NarrowToClients),
    ("their subnets by their resource ids", Deed::ReplaceBySubnets),
    ("remove the inner rule", Deed::Remove),
    ("remove the IP rule", Deed::Remove),
    ("then remove the rule", Deed::Remove),
    ("remove the ranges where", Deed::ReplaceBySubnets),
    ("remove the rules:", Deed::Nothing),
    ("list the wider range", Deed::Merge),
    ("give the entries `owner`", Deed::Own),
    ("list the subnets that exist", Deed::ListPresentSubnets),
    ("list the subnet under", Deed::ListSubnet),
    ("use private endpoints or IP rules", Deed::UseAddresses),
    ("in place of the subnet rules", Deed::GoPrivate),
    ("move these clients to a private endpoint", Deed::GoPrivate),
    ("move the clients to private endpoints", Deed::GoPrivate),
    ("create a private endpoint", Deed::GoPrivate),
    ("create private endpoints", Deed::GoPrivate),
    ("then remove the entry", Deed::RemoveEntryLater),
    ("change the date", Deed::Extend),
    ("let it expire", Deed::Nothing),
    ("apply the spec", Deed::Nothing),
    ("mend the spec first", Deed::Nothing),
    ("turn the endpoint off", Deed::TurnOff),
    ("the next apply that changes the list", Deed::ChangeList),
    ("remove it from `subnets`", Deed::Remove),
    ("take out the rules that its job added", Deed::Nothing),
    ("in the same write", Deed::TakeOut),
    ("let the firewalls", Deed::Nothing),
    ("run them on an agent pool", Deed::Nothing),
];

/// Words of a text, and whether they hold in a walk.
type Condition = (&'static str, fn(&Walk) -> bool);

/// Conditions of next steps, and whether they hold.
const CONDITIONS: &[Condition] = &[
    ("where tasks use the registry", |walk| walk.used),
    ("where no task uses the registry", |walk| !walk.used),
    ("where tasks are needed", |walk| walk.used),
    ("run them on an agent pool", |walk| walk.used),
    ("where one of them uses the registry", |walk| walk.used),
    ("where no trusted service uses the registry", |walk| !walk.used),
    ("no trusted service uses the registry", |walk| !walk.used),
    ("where private endpoints reach every client", |walk| {
        walk.moved && only_subnets(walk)
    }),
    ("once they reach every client", only_subnets),
    ("where the clients are in virtual networks", |walk| {
        !walk.moved && only_subnets(walk)
    }),
    ("where they use a private endpoint", |walk| walk.moved),
];

fn only_subnets(walk: &Walk) -> bool {
    let mut clients = walk.situation.clients.iter();
    clients.all(|client| matches!(client, Client::Subnet(_)))
}

/// Returns the ways that a next step offers and whose condition holds, each with what is to be done at last.
pub(super) fn ways(help: &str, walk: &Walk) -> Vec<Vec<Deed>> {
    let (first, help) = match help.split_once(AT_FIRST[1]) {
        Some((first, rest)) if first.starts_with(AT_FIRST[0]) => (first, rest),
        _ => ("", help),
    };
    let (text, last) = help.split_once(AT_LAST).unwrap_or((help, ""));
    let mut parts = vec![text];
    for word in OTHER_WAYS {
        parts = parts.iter().flat_map(|part| part.split(word)).collect();
    }
    let mut ways = Vec::new();
    for part in parts {
        let mut conditions = CONDITIONS.iter().filter(|(word, _)| part.contains(word));
        if !conditions.all(|(_, holds)| holds(walk)) {
            continue;
        }
        let mut deeds = deeds(part);
        assert!(
            !deeds.is_empty(),
            "a next step that no one can do: {part}\n{}",
            walk.story()
        );
        deeds.extend(commands(last));
        for command in commands(first) {
            deeds.insert(0, Deed::First(Box::new(command)));
        }
        ways.push(deeds);
    }
    ways
}

/// Returns what is to be done, in the order of the text.
fn deeds(text: &str) -> Vec<Deed> {
    let mut found = Vec::new();
    for (words, deed) in DEEDS {
        found.extend(text.find(words).map(|at| (at, deed.clone())));
    }
    found.sort_by_key(|(at, _)| *at);
    let mut deeds: Vec<Deed> = found.into_iter().map(|(_, deed)| deed).collect();
    deeds.extend(commands(text));
    deeds
}

/// Returns the lines of YAML and the commands between backticks.
fn commands(text: &str) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for quoted in text.split('`').skip(1).step_by(2) {
        let words: Vec<String> = quoted.split_whitespace().map(str::to_owned).collect();
        if quoted.starts_with("az ") {
            deeds.push(Deed::Az(words));
        } else if quoted.starts_with("ringfence rule remove --")
            || quoted.starts_with("ringfence close ")
        {
            deeds.push(Deed::Ringfence(words));
        } else if let Some((key, value)) = quoted.split_once(": ") {
            deeds.push(Deed::Set(key.to_owned(), value.to_owned()));
        }
    }
    deeds
}
