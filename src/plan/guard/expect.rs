//! The guard over the expectations of the spec.

use std::borrow::Cow;

use super::case::refusal;
use super::expected_subnets::ExpectedSubnets;
use crate::live::lease::Lease;
use crate::model::{Access, Admitted, Client, admits_in_part, decide};
use crate::plan::{Answer, BrokenExpectation, Guard, Refusal};
use crate::spec::{Expectation, RegistrySpec};

/// The access that expectations are judged by.
pub(crate) struct JudgedAccess<'a> {
    expected: &'a ExpectedSubnets,
    shown: Cow<'a, Access>,
    /// The access without what leases hold, if there are leases. What must get in must do so when they are closed.
    lasting: Option<Cow<'a, Access>>,
    leases: &'a [Lease],
}

impl<'a> JudgedAccess<'a> {
    /// Judges by this access, which the subnets of the expectations are added to.
    pub(crate) fn new(
        expected: &'a ExpectedSubnets,
        shown: &'a Access,
        lasting: Option<&'a Access>,
        leases: &'a [Lease],
    ) -> Self {
        Self {
            expected,
            shown: expected.added_to(shown),
            lasting: lasting.map(|lasting| expected.added_to(lasting)),
            leases,
        }
    }

    /// Returns the access that judges clients that must get in, or those that must not.
    fn side(&self, allowed: bool) -> &Access {
        match &self.lasting {
            Some(lasting) if allowed => lasting,
            _ => &self.shown,
        }
    }

    /// Says why an expectation is broken, where more than its answer is known.
    fn reason(&self, broken: &Expectation) -> Option<String> {
        let side = self.side(broken.allowed);
        if broken.allowed && broken.holds(&self.shown) {
            let names = self.admitting(&broken.client).join("`, `");
            return Some(format!("only a lease admits it, which ends: `{names}`"));
        }
        self.expected.reason(side, &broken.client).map(str::to_owned)
    }

    /// Returns the names of the leases that admit a client: by its address, or else by public access.
    fn admitting(&self, client: &Client) -> Vec<&str> {
        let (mut by_address, mut by_public_access) = (Vec::new(), Vec::new());
        for lease in self.leases {
            let name = lease.name.as_str();
            if let Client::Address(wanted) = client
                && lease
                    .addresses
                    .iter()
                    .any(|held| held.contains(*wanted) || wanted.contains(*held))
            {
                by_address.push(name);
            } else if lease.was_disabled.is_some() {
                by_public_access.push(name);
            }
        }
        if by_address.is_empty() {
            return by_public_access;
        }
        by_address
    }
}

/// Returns the expectations that `access` breaks, for an audit.
pub(crate) fn broken(wanted: &RegistrySpec, access: &JudgedAccess<'_>) -> Vec<BrokenExpectation> {
    let mut broken = Vec::new();
    for entry in entries(wanted) {
        let side = access.side(entry[0].allowed);
        if let Some(expectation) = failing(entry, side).first() {
            broken.push(BrokenExpectation {
                client: expectation.written.to_string(),
                allowed: expectation.allowed,
                answer: answer(entry, side),
                reason: access.reason(expectation),
                case: expectation.case.clone(),
                source: expectation.source.clone(),
            });
        }
    }
    broken
}

/// Returns the expectations entry by entry: the name of a network stands for one expectation a range.
fn entries(wanted: &RegistrySpec) -> impl Iterator<Item = &[Expectation]> {
    wanted.expect.chunk_by(|a, b| {
        let same_place = a.source.is_some() && a.source == b.source;
        same_place && a.written == b.written && a.allowed == b.allowed
    })
}

/// Returns the answer to all clients of these expectations together.
fn answer<'a>(expectations: impl IntoIterator<Item = &'a Expectation>, access: &Access) -> Answer {
    let mut all = None;
    for expectation in expectations {
        all = Some(match (all, answer_to(expectation, access)) {
            (None, answer) => answer,
            (Some(Answer::Unknown), _) | (_, Answer::Unknown) => Answer::Unknown,
            (Some(all), answer) if all == answer => all,
            _ => Answer::InPart,
        });
    }
    all.unwrap_or(Answer::Unknown)
}

fn answer_to(expectation: &Expectation, access: &Access) -> Answer {
    match decide(access, &expectation.client).admitted {
        Admitted::Yes => Answer::Allowed,
        Admitted::No => Answer::Denied,
        Admitted::Unknown if admits_in_part(access, &expectation.client) => Answer::InPart,
        Admitted::Unknown => Answer::Unknown,
    }
}

/// Returns the expectations of an entry that `access` breaks.
fn failing<'a>(entry: &'a [Expectation], access: &Access) -> Vec<&'a Expectation> {
    let mut failing = Vec::new();
    for expectation in entry {
        if !expectation.holds(access) {
            failing.push(expectation);
        }
    }
    failing
}

/// Refuses each expectation that the state after the change breaks.
pub(crate) fn refusals(wanted: &RegistrySpec, after: &JudgedAccess<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for entry in entries(wanted) {
        let side = after.side(entry[0].allowed);
        let failing = failing(entry, side);
        if let [first, others @ ..] = &*failing {
            let answer = answer(failing.iter().copied(), side);
            refusals.push(Refusal {
                help: after.reason(first),
                ..refused(first, others.len(), answer)
            });
        }
    }
    refusals
}

/// Makes the refusal of an entry. `others` is the number of further ranges of the same name that fail.
fn refused(expectation: &Expectation, others: usize, answer: Answer) -> Refusal {
    let at = match &expectation.source {
        Some(source) => format!("{}:{}: ", source.file, source.line),
        None => String::new(),
    };
    // A name is shown with the client that it stands for.
    let client = expectation.client.to_string();
    let more = match others {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let named = match &*expectation.written {
        written if *written == client => format!("`{written}`"),
        written => format!("`{written}` ({client}{more})"),
    };
    let allowed = expectation.allowed;
    let fails = match answer {
        Answer::Allowed => "would get in",
        Answer::Denied => "would not get in",
        Answer::InPart if allowed => "would get in only in part",
        Answer::InPart => "would get in in part",
        Answer::Unknown if allowed => "might not get in",
        Answer::Unknown => "might get in",
    };
    let measured = match answer {
        Answer::Allowed => "not denied",
        Answer::Denied => "not allowed",
        Answer::InPart => "in part",
        Answer::Unknown => "unknown",
    };
    let (wanted, says) = match allowed {
        true => ("allowed", "must"),
        false => ("denied", "must not"),
    };
    let key = expectation.key();
    let message = format!("{at}{named} {fails}, but {key} says it {says}");
    refusal(Guard::Expect, message, measured.to_owned(), wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Client, DefaultAction, RegistryId, Rule};

    const ID: &str =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

    fn about(ranges: &[&str], allowed: bool) -> RegistrySpec {
        let mut spec = RegistrySpec::unmanaged(RegistryId::parse(ID).unwrap());
        for range in ranges {
            spec.expect.push(Expectation {
                client: Client::Address(range.parse().unwrap()),
                allowed,
                written: "office".into(),
                case: None,
                source: Some(crate::spec::Source {
                    file: "s.yaml".into(),
                    line: 3,
                    column: 9,
                }),
            });
        }
        spec
    }

    /// A registry under `Deny` with one IP rule. Its answer may hide public access.
    fn access(rule: &str, hidden: bool) -> Access {
        let shown = Access::default();
        Access {
            default_action: DefaultAction::Deny,
            ip_rules: vec![Rule::parse(rule)].into(),
            public_network_access: shown.public_network_access.filter(|_| !hidden),
            ..shown
        }
    }

    #[test]
    fn refusals_tell_a_part_and_an_unknown_answer_from_no() {
        let two = &["203.0.113.0/25", "198.51.100.7"][..];
        let one = &["203.0.113.0/24"][..];
        let rows = [
            (
                one,
                true,
                "8.8.8.8",
                false,
                "would not get in, but `expect.allow` says it must",
                Answer::Denied,
            ),
            (
                one,
                true,
                "203.0.113.7",
                false,
                "would get in only in part",
                Answer::InPart,
            ),
            (
                two,
                true,
                "203.0.113.0/24",
                false,
                "would not get in",
                Answer::InPart,
            ),
            (
                one,
                true,
                "203.0.113.0/24",
                true,
                "might not get in",
                Answer::Unknown,
            ),
            (
                one,
                false,
                "203.0.113.0/24",
                false,
                "would get in, but `expect.deny` says it must not",
                Answer::Allowed,
            ),
            (
                one,
                false,
                "203.0.113.7",
                false,
                "would get in in part",
                Answer::InPart,
            ),
            (
                one,
                false,
                "203.0.113.0/24",
                true,
                "might get in",
                Answer::Unknown,
            ),
        ];
        for (ranges, allowed, rule, hidden, words, answer) in rows {
            let (spec, access) = (about(ranges, allowed), access(rule, hidden));
            let expected = ExpectedSubnets::default();
            let access = JudgedAccess::new(&expected, &access, None, &[]);
            let refusals = refusals(&spec, &access);
            assert_eq!(refusals.len(), 1, "{words}");
            let message = &refusals[0].message;
            assert!(message.contains(words), "{words}: {message}");
            let broken = broken(&spec, &access);
            assert_eq!((broken.len(), broken[0].answer), (1, answer), "{words}");
        }
    }
}
