//! Decides if a machine needs a lease, and which one.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::refusal::{LONGEST_VALUE, LeaseRefusal, MOST_TAGS};
use crate::live::LiveRegistry;
use crate::live::held::settings_without_leases;
use crate::live::lease::{Lease, LeaseName, leases_of, unreadable_leases_of};
use crate::model::{
    Access, Admitted, Cidr, Client, DefaultAction, PublicNetworkAccess, Rule, Setting, decide,
};

/// A machine that asks for access.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The name of its lease, if it needs one.
    pub name: LeaseName,
    pub now: Timestamp,
    pub until: Timestamp,
    /// The address that the registry sees. `None` if it admits the machine, which does not tell the address.
    pub address: Option<Cidr>,
    /// True if public access may be enabled for the lease.
    pub allow_public_access: bool,
    /// Flags that lead another command to the same service, each after a space.
    pub flags: String,
}

/// The need of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// It gets in without a lease.
    Nothing,
    Lease(Lease),
}

/// Returns the end of a lease that lasts this long, in whole seconds.
pub fn end_after(now: Timestamp, lasts: Duration) -> Timestamp {
    let end = now.saturating_add(lasts).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(end.as_second()).expect("a timestamp's own seconds are in its range")
}

/// Returns the need of a machine on this state of the registry.
///
/// # Errors
/// The machine may not be admitted, or no lease can do it.
pub fn need(live: &LiveRegistry, asked: &Asked) -> Result<Need, LeaseRefusal> {
    let leases = leases_of(live);
    // What other jobs opened for a while goes when they end, so it does not count.
    let lasting = lasting_access(live);
    let addresses = match asked.address {
        Some(address) if decide(&lasting, &Client::Address(address)).allowed() => {
            return Ok(Need::Nothing);
        }
        Some(address) if address.public().is_empty() => return Err(LeaseRefusal::NotPublic(address)),
        Some(address) => BTreeSet::from([address]),
        // Any of the leases may be the one that admits this machine: it holds all of them.
        None if lasting.admits_everyone() => return Ok(Need::Nothing),
        None => held_for_unknown(live, &leases, asked.allow_public_access),
    };
    let was_disabled = was_disabled(&leases, live);
    if addresses.is_empty() {
        return Ok(Need::Nothing);
    }
    if was_disabled.is_some() {
        check_word(live)?;
        if !asked.allow_public_access {
            return Err(unasked(live));
        }
        check_others(live)?;
    }
    let mut lease = Lease {
        name: asked.name.clone(),
        until: asked.until,
        addresses,
        was_disabled,
    };
    // A lease of the same name is one of an earlier try of this job, whose rules it must still close. The addresses of one that
    // has ended may be somebody else's by now: the write of the lease takes them out.
    let earlier = leases.iter().filter(|earlier| earlier.name == lease.name);
    for earlier in earlier.filter(|earlier| !earlier.is_expired(asked.now)) {
        lease.addresses.extend(&earlier.addresses);
    }
    check_limits(live, &lease, &asked.flags)?;
    check_tag(live, &lease)?;
    Ok(Need::Lease(lease))
}

/// The ground of an admission, which does not name the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// It stays for as long as it is needed: everyone gets in, or the leases that may be the reason are held.
    Stays,
    /// Something that is set may be the reason. An access that has ended may be it too, until that is effective.
    Possible,
    /// Nothing that is set admits anyone.
    Nothing,
}

/// Returns the ground of an admission on this state.
pub(crate) fn ground(live: &LiveRegistry, allow_public_access: bool) -> Ground {
    let held = held_for_unknown(live, &leases_of(live), allow_public_access);
    if lasting_access(live).admits_everyone() || !held.is_empty() {
        Ground::Stays
    } else if may_admit(live) {
        Ground::Possible
    } else {
        Ground::Nothing
    }
}

/// Returns the addresses that a machine holds which gets in at an unknown address. One that may come through a private
/// endpoint needs none.
fn held_for_unknown(live: &LiveRegistry, leases: &[Lease], allow_public_access: bool) -> BTreeSet<Cidr> {
    let comes_privately = live.private_endpoint_connections > 0;
    match comes_privately && !allow_public_access {
        true => BTreeSet::new(),
        false => leased_and_live(leases, live),
    }
}

/// Returns true if anything that the registry shows may admit a machine.
pub(crate) fn may_admit(live: &LiveRegistry) -> bool {
    let access = Access {
        restricts: live.is_premium(),
        ..Access::of(&live.settings)
    };
    // What is not known may be the reason too.
    access.public_network_access.is_none()
        || unknown_public_access(live).is_some()
        || access.admits_anyone() != Admitted::No
        || live.private_endpoint_connections > 0
}

/// Returns the access that stays when all leases have ended.
fn lasting_access(live: &LiveRegistry) -> Access {
    Access {
        restricts: live.is_premium(),
        ..Access::of(&settings_without_leases(live))
    }
}

/// Returns the default action behind disabled public access: that of the registry, or where leases have enabled public
/// access, the one before.
fn was_disabled(leases: &[Lease], live: &LiveRegistry) -> Option<DefaultAction> {
    let access = Access::of(&live.settings);
    if access.public_network_access == Some(PublicNetworkAccess::Disabled) {
        return live.is_premium().then_some(access.default_action);
    }
    leases.iter().find_map(|lease| lease.was_disabled)
}

/// Returns the refusal of a command that was not asked to enable public access.
fn unasked(live: &LiveRegistry) -> LeaseRefusal {
    let id = live.id.clone();
    match Access::of(&live.settings).public_network_access {
        Some(PublicNetworkAccess::Disabled) => LeaseRefusal::PublicAccess(id),
        _ => LeaseRefusal::LeasedPublicAccess(id),
    }
}

/// Refuses to change a public access that is neither enabled nor disabled: the tag of a lease could not bring it back.
fn check_word(live: &LiveRegistry) -> Result<(), LeaseRefusal> {
    match unknown_public_access(live) {
        Some(word) => Err(LeaseRefusal::UnknownPublicAccess {
            registry: live.id.clone(),
            word: word.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Returns a public access that is neither enabled nor disabled, such as that of a perimeter, which has rules of its own.
fn unknown_public_access(live: &LiveRegistry) -> Option<&str> {
    let setting = Setting::PublicNetworkAccess;
    let word = live.settings.word(setting);
    word.filter(|word| setting.known_word(word).is_none())
}

/// Returns the leased addresses whose rule is there.
fn leased_and_live(leases: &[Lease], live: &LiveRegistry) -> BTreeSet<Cidr> {
    let access = Access::of(&live.settings);
    let there: BTreeSet<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    let leased = leases.iter().flat_map(|lease| lease.addresses.clone());
    leased.filter(|address| there.contains(address)).collect()
}

/// Refuses public access for more than leases. Rules have no effect until a lease enables it.
pub(super) fn check_others(live: &LiveRegistry) -> Result<(), LeaseRefusal> {
    let lasting = lasting_access(live);
    let mut others = Vec::new();
    for rule in lasting.ip_rules.iter().chain(&lasting.subnets) {
        others.push(rule.to_string());
    }
    if others.is_empty() {
        return Ok(());
    }
    Err(LeaseRefusal::OthersGetIn {
        registry: live.id.clone(),
        rules: others,
    })
}

/// Refuses a lease whose tag Azure would refuse.
fn check_limits(live: &LiveRegistry, lease: &Lease, flags: &str) -> Result<(), LeaseRefusal> {
    let length = lease.value().len();
    if length > LONGEST_VALUE {
        let addresses = lease.addresses.len();
        return Err(LeaseRefusal::TooManyAddresses { addresses, length });
    }
    let tags = &live.tags;
    let is_there = tags.keys().any(|key| key.eq_ignore_ascii_case(&lease.key()));
    if tags.len() >= MOST_TAGS && !is_there {
        return Err(LeaseRefusal::TooManyTags {
            registry: live.id.clone(),
            number: tags.len(),
            flags: flags.to_owned(),
        });
    }
    Ok(())
}

/// Refuses to overwrite a tag that someone has damaged: it is the only trace of the rules of its job.
fn check_tag(live: &LiveRegistry, lease: &Lease) -> Result<(), LeaseRefusal> {
    for tag in unreadable_leases_of(live) {
        if tag.is_of(&lease.name) {
            let registry = live.id.clone();
            return Err(LeaseRefusal::UnreadableTag { registry, tag });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::lease::tests::{lease, registry};

    const OWN: &str = "198.51.100.7";
    const OTHER: &str = "203.0.113.25";
    const UNTIL: &str = "2026-11-29T03:20:00Z";
    const NOW: &str = "2026-11-29T03:00:00Z";

    fn asked(address: Option<&str>) -> Asked {
        Asked {
            name: "job".parse().unwrap(),
            now: NOW.parse().unwrap(),
            until: UNTIL.parse().unwrap(),
            address: address.map(|text| text.parse().unwrap()),
            allow_public_access: false,
            flags: String::new(),
        }
    }

    /// The addresses of the lease that a machine needs, or `None` if it needs none.
    fn leased(live: &LiveRegistry, asked: &Asked) -> Option<Vec<String>> {
        match need(live, asked).unwrap() {
            Need::Nothing => None,
            Need::Lease(lease) => Some(lease.addresses.iter().map(Cidr::to_string).collect()),
        }
    }

    #[test]
    fn rules_of_other_jobs_do_not_count_as_lasting() {
        let theirs = lease("theirs", UNTIL, &[OWN]);
        let theirs = std::slice::from_ref(&theirs);
        let own = Some(vec![OWN.to_owned()]);
        let rows = [
            (registry("Enabled", "Deny", &[OTHER], &[]), Some(OWN), own.clone()),
            (registry("Enabled", "Deny", &[OWN], &[]), Some(OWN), None),
            (
                registry("Enabled", "Deny", &["198.51.100.0/24"], &[]),
                Some(OWN),
                None,
            ),
            (registry("Enabled", "Allow", &[], &[]), Some(OWN), None),
            (
                registry("Enabled", "Deny", &[OWN], theirs),
                Some(OWN),
                own.clone(),
            ),
            (
                registry("Enabled", "Deny", &["198.51.100.0/24", OWN], theirs),
                Some(OWN),
                None,
            ),
            // Admitted without a known address.
            (registry("Enabled", "Deny", &[OWN, OTHER], theirs), None, own),
            (registry("Enabled", "Deny", &[OTHER], &[]), None, None),
            (registry("Enabled", "Allow", &[], theirs), None, None),
        ];
        for (live, address, expected) in rows {
            assert_eq!(
                leased(&live, &asked(address)),
                expected,
                "{address:?} {}",
                live.body
            );
        }
    }

    #[test]
    fn public_access_is_enabled_only_if_allowed() {
        let mut opened = lease("theirs", UNTIL, &[OTHER]);
        opened.was_disabled = Some(DefaultAction::Allow);
        let allowed = Asked {
            allow_public_access: true,
            ..asked(Some(OWN))
        };
        for live in [
            registry("Disabled", "Allow", &[], &[]),
            registry("Enabled", "Deny", &[OTHER], &[opened]),
        ] {
            assert!(matches!(
                need(&live, &asked(Some(OWN))),
                Err(LeaseRefusal::PublicAccess(_) | LeaseRefusal::LeasedPublicAccess(_))
            ));
            let Ok(Need::Lease(lease)) = need(&live, &allowed) else {
                panic!("no lease")
            };
            assert_eq!(lease.was_disabled, Some(DefaultAction::Allow));
        }
    }

    #[test]
    fn public_access_is_not_enabled_for_dead_rules() {
        let allowed = Asked {
            allow_public_access: true,
            ..asked(Some(OWN))
        };
        let live = registry("Disabled", "Deny", &[OTHER], &[]);
        let refused = need(&live, &allowed);
        let Err(LeaseRefusal::OthersGetIn { rules, .. }) = refused else {
            panic!("not refused")
        };
        assert_eq!(rules, [OTHER]);
        // The rule of a lease is one that its job needs.
        let leased = registry("Disabled", "Deny", &[OTHER], &[lease("theirs", UNTIL, &[OTHER])]);
        assert!(need(&leased, &allowed).is_ok());
    }

    /// A close would leave another one behind.
    #[test]
    fn public_access_of_an_unknown_kind_is_not_changed() {
        let live = registry("SecuredByPerimeter", "Deny", &[], &[]);
        for allow_public_access in [false, true] {
            let asked = Asked {
                allow_public_access,
                ..asked(Some(OWN))
            };
            let refused = need(&live, &asked);
            assert!(matches!(refused, Err(LeaseRefusal::UnknownPublicAccess { .. })));
        }
    }

    #[test]
    fn addresses_that_no_rule_admits_are_refused() {
        let live = registry("Enabled", "Deny", &[], &[]);
        let refused = need(&live, &asked(Some("10.0.0.4")));
        assert!(matches!(refused, Err(LeaseRefusal::NotPublic(_))));
    }

    #[test]
    fn limits_of_tags_are_kept() {
        let tags = |number: usize| {
            let leases: Vec<Lease> = (0..number)
                .map(|n| lease(&n.to_string(), UNTIL, &[OTHER]))
                .collect();
            registry("Enabled", "Deny", &[OTHER], &leases)
        };
        assert!(need(&tags(48), &asked(Some(OWN))).is_ok());
        assert!(matches!(
            need(&tags(49), &asked(Some(OWN))),
            Err(LeaseRefusal::TooManyTags { .. })
        ));
        let many: Vec<String> = (0..30).map(|n| format!("203.0.113.{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let live = registry("Enabled", "Deny", &many, &[lease("theirs", UNTIL, &many)]);
        assert!(matches!(
            need(&live, &asked(None)),
            Err(LeaseRefusal::TooManyAddresses { addresses: 30, .. })
        ));
    }

    /// A registry with an earlier lease of the job that has this many addresses.
    fn opened_before(number: usize) -> LiveRegistry {
        let earlier: Vec<String> = (0..number).map(|n| format!("198.51.{}.1", 100 + n)).collect();
        let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
        registry("Enabled", "Deny", &[OTHER], &[lease("job", UNTIL, &earlier)])
    }

    #[test]
    fn longest_tag_is_one_that_azure_takes() {
        let Ok(Need::Lease(longest)) = need(&opened_before(16), &asked(Some(OWN))) else {
            panic!("no lease")
        };
        assert_eq!((longest.addresses.len(), longest.value().len()), (17, 250));
        assert!(matches!(
            need(&opened_before(17), &asked(Some(OWN))),
            Err(LeaseRefusal::TooManyAddresses {
                addresses: 18,
                length: 263
            })
        ));
    }

    #[test]
    fn second_try_keeps_the_addresses_of_the_first() {
        let live = registry("Enabled", "Deny", &[OTHER], &[lease("job", UNTIL, &[OTHER])]);
        assert_eq!(
            leased(&live, &asked(Some(OWN))),
            Some(vec![OWN.to_owned(), OTHER.to_owned()])
        );
        // What a killed job held is not held again.
        let live = registry("Enabled", "Deny", &[OTHER], &[lease("job", NOW, &[OTHER])]);
        assert_eq!(leased(&live, &asked(Some(OWN))), Some(vec![OWN.to_owned()]));
    }
}
