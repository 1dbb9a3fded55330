//! The expected answers.

use super::*;
use crate::plan::Policy;
use crate::plan::guard::tests::planned;

const OWN: &str = "198.51.100.7";
const OTHER: &str = "203.0.113.0/24";

fn address(text: &str) -> Cidr {
    text.parse().unwrap()
}

/// These addresses, which other registries named.
fn named(addresses: &[&str]) -> MachineAddress {
    MachineAddress {
        named: addresses.iter().map(|text| address(text)).collect(),
        ..MachineAddress::default()
    }
}

/// This answer of a registry whose earlier changes are all in effect.
fn settled(probe: &Probe) -> Seen {
    Seen {
        probe: probe.clone(),
        may_lag: false,
    }
}

#[test]
fn expected_answer_follows_both_states() {
    use {Expected::*, Unobservable::*};
    let denied = Probe::Denied(address(OWN));
    let inside = Probe::Denied(address("10.0.0.4"));
    let none = MachineAddress::default();
    let own = named(&[OWN]);
    let silent = Probe::Unknown("it answers 503".to_owned());
    let rows = [
        (&[][..], &[OWN][..], &denied, &none, Ok(Admitted)),
        (&[], &[OTHER], &denied, &none, Err(Same(Refused))),
        (
            &[],
            &[OWN],
            &inside,
            &none,
            Err(PrivateAddress(address("10.0.0.4"))),
        ),
        (
            &[],
            &["0.0.0.0/0"],
            &inside,
            &none,
            Err(PrivateAddress(address("10.0.0.4"))),
        ),
        (&[OWN], &[], &Probe::Admitted, &none, Ok(Refused)),
        (
            &[OWN],
            &[OWN, OTHER],
            &Probe::Admitted,
            &none,
            Err(Same(Admitted)),
        ),
        (
            &[OWN, OTHER],
            &[OTHER],
            &Probe::Admitted,
            &none,
            Err(AddressUnknown),
        ),
        (&[OWN, OTHER], &[OTHER], &Probe::Admitted, &own, Ok(Refused)),
        (&[OWN, OTHER], &[OWN], &Probe::Admitted, &own, Err(Same(Admitted))),
        // The firewall does not follow the state before yet.
        (
            &[OWN, OTHER],
            &[OTHER],
            &denied,
            &none,
            Err(EarlierChange(Refused)),
        ),
        (&[], &[OWN], &Probe::Admitted, &none, Err(EarlierChange(Admitted))),
        (
            &[],
            &[OWN],
            &silent,
            &none,
            Err(NoAnswer("it answers 503".to_owned())),
        ),
    ];
    for (live, wanted, seen, own, expected) in rows {
        let plan = planned(live, wanted, &Policy::default());
        assert!(plan.changes_access());
        assert_eq!(
            plan.expected_answer(&settled(seen), own),
            expected,
            "{live:?} {wanted:?} {seen:?}"
        );
    }
}

#[test]
fn empty_plan_expects_what_the_state_says() {
    let none = MachineAddress::default();
    let denied = Probe::Denied(address(OWN));
    let same = planned(&[OWN], &[OWN], &Policy::default());
    assert!(!same.changes_access());
    assert_eq!(
        same.expected_answer(&settled(&denied), &none),
        Ok(Expected::Admitted)
    );
    let unknown = Err(Unobservable::AddressUnknown);
    assert_eq!(same.expected_answer(&settled(&Probe::Admitted), &none), unknown);
    let closed = planned(&[], &[], &Policy::default());
    assert_eq!(
        closed.expected_answer(&settled(&Probe::Admitted), &none),
        Ok(Expected::Refused)
    );
}

#[test]
fn admission_after_an_earlier_change_may_end() {
    use {Expected::*, Unobservable::*};
    let mut seen = settled(&Probe::Admitted);
    seen.may_lag = true;
    let none = MachineAddress::default();
    let own = named(&[OWN]);
    let rows = [
        (
            &[OTHER][..],
            &[OTHER, OWN][..],
            &none,
            Err(EarlierChange(Admitted)),
        ),
        (&[OTHER], &["0.0.0.0/0"], &none, Err(EarlierChange(Admitted))),
        (
            &["0.0.0.0/0"],
            &["0.0.0.0/0", OTHER],
            &none,
            Err(EarlierChange(Admitted)),
        ),
        (&[OWN], &[OWN, OTHER], &own, Err(EarlierChange(Admitted))),
        (&[OWN, OTHER], &[OTHER], &none, Err(AddressUnknown)),
        (&[OWN], &[], &none, Ok(Refused)),
    ];
    for (live, wanted, own, expected) in rows {
        let plan = planned(live, wanted, &Policy::default());
        assert_eq!(plan.expected_answer(&seen, own), expected, "{live:?} {wanted:?}");
    }
}

#[test]
fn given_address_tells_what_no_answer_does() {
    use {Expected::*, Unobservable::*};
    let mut seen = settled(&Probe::Admitted);
    let given = MachineAddress {
        given: Some(address(OWN)),
        ..MachineAddress::default()
    };
    let rows = [
        (&[OWN, OTHER][..], &[OTHER][..], Ok(Refused), Ok(Refused)),
        (
            &[OWN],
            &[OWN, OTHER],
            Err(Same(Admitted)),
            Err(EarlierChange(Admitted)),
        ),
        // Its rule is gone already, and its access has not ended yet. Without an earlier change it is another address.
        (&[OTHER], &[OTHER], Err(OtherAddress(address(OWN))), Ok(Refused)),
        (
            &[OTHER],
            &[OWN, OTHER],
            Err(OtherAddress(address(OWN))),
            Err(EarlierChange(Admitted)),
        ),
    ];
    for (live, wanted, at_rest, after_a_change) in rows {
        let plan = planned(live, wanted, &Policy::default());
        for (may_lag, expected) in [(false, at_rest), (true, after_a_change)] {
            seen.may_lag = may_lag;
            assert_eq!(
                plan.expected_answer(&seen, &given),
                expected,
                "{live:?} {wanted:?}"
            );
        }
    }
}

#[test]
fn refusal_at_another_address_contradicts_the_given_one() {
    let given = MachineAddress {
        given: Some(address(OTHER)),
        ..named(&["10.0.0.4", "203.0.113.7"])
    };
    let seen = settled(&Probe::Admitted);
    let plan = planned(&[OWN, OTHER], &[OWN], &Policy::default());
    // An address inside the range, and one of a private network, do not contradict it.
    assert_eq!(plan.expected_answer(&seen, &given), Ok(Expected::Refused));
    let given = MachineAddress {
        given: Some(address(OTHER)),
        ..named(&[OWN])
    };
    let contradicted = Unobservable::Contradicted {
        given: address(OTHER),
        seen: address(OWN),
    };
    assert_eq!(plan.expected_answer(&seen, &given), Err(contradicted));
}

#[test]
fn private_endpoint_admits_whatever_the_rules_are() {
    let mut plan = planned(&[OWN], &[], &Policy::default());
    plan.basis.private_endpoint_connections = 1;
    let seen = settled(&Probe::Admitted);
    let none = MachineAddress::default();
    // A plan of an older version does not say which are approved.
    for (approved, expected) in [
        (None, Err(Unobservable::PrivateEndpoint)),
        (Some(1), Err(Unobservable::PrivateEndpoint)),
        (Some(0), Ok(Expected::Refused)),
    ] {
        plan.basis.approved_private_endpoints = approved;
        assert_eq!(plan.expected_answer(&seen, &none), expected, "{approved:?}");
    }
}
