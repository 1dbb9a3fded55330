//! The guard over the expectations of the spec.

use super::case::refusal;
use super::expected_subnets::ExpectedSubnets;
use crate::model::{Access, Admitted, admits_in_part, decide};
use crate::plan::{Answer, BrokenExpectation, Guard, Refusal};
use crate::spec::{Expectation, RegistrySpec};

/// Returns the expectations that `access` breaks, for an audit.
pub(crate) fn broken(
    wanted: &RegistrySpec,
    expected: &ExpectedSubnets,
    access: &Access,
) -> Vec<BrokenExpectation> {
    let access = &expected.added_to(access);
    let mut broken = Vec::new();
    for entry in entries(wanted) {
        if let Some(expectation) = failing(entry, access).first() {
            broken.push(BrokenExpectation {
                client: expectation.written.to_string(),
                allowed: expectation.allowed,
                answer: answer(entry, access),
                reason: expected.reason(access, &expectation.client).map(str::to_owned),
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
pub(crate) fn refusals(
    wanted: &RegistrySpec,
    expected: &ExpectedSubnets,
    after: &Access,
) -> Vec<Refusal> {
    let after = &expected.added_to(after);
    let mut refusals = Vec::new();
    for entry in entries(wanted) {
        let failing = failing(entry, after);
        if let [first, others @ ..] = &*failing {
            let answer = answer(failing.iter().copied(), after);
            refusals.push(Refusal {
                help: expected.reason(after, &first.client).map(str::to_owned),
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
            let refusals = refusals(&spec, &expected, &access);
            assert_eq!(refusals.len(), 1, "{words}");
            let message = &refusals[0].message;
            assert!(message.contains(words), "{words}: {message}");
            let broken = broken(&spec, &expected, &access);
            assert_eq!((broken.len(), broken[0].answer), (1, answer), "{words}");
        }
    }
}
