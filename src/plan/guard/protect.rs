//! The guard over registries that the spec protects.

use super::case::{GuardCase, refusal};
use crate::model::{Access, Mode, Setting};
use crate::plan::{Direction, Guard, Guards, Refusal};

/// Refuses to remove a rule of a protected registry, to narrow its access, and to open it to everyone.
pub(crate) fn changed(case: &GuardCase<'_>, _: &Guards) -> Vec<Refusal> {
    if !case.plan.protect {
        return Vec::new();
    }
    let mut found = Vec::new();
    let changes = &case.plan.changes;
    let lists = [Setting::IpRules, Setting::VirtualNetworkRules];
    let removed: usize = lists.map(|list| changes.removed(list).len()).iter().sum();
    match removed {
        0 => {}
        1 => found.push("1 rule would be removed".to_owned()),
        many => found.push(format!("{many} rules would be removed")),
    }
    if matches!(case.access.effect, Direction::Narrows | Direction::Both) {
        let would = if case.access.surely_narrows() {
            "would"
        } else {
            "may"
        };
        found.push(format!("clients {would} lose access"));
    }
    if admits_everyone(case.after) && !admits_everyone(case.before) {
        found.push("everyone would gain access".to_owned());
    }
    if found.is_empty() {
        return Vec::new();
    }
    let found = found.join(" and ");
    vec![refusal(
        Guard::Protect,
        format!("the spec has `protect: true`, and {found}"),
        found,
        "no rule removed, no access lost, not open to everyone".to_owned(),
    )]
}

fn admits_everyone(access: &Access) -> bool {
    matches!(access.mode(), Mode::Open { .. } | Mode::AllAddresses { .. })
}
