//! What was opened or closed for a while, as text.

use super::common;
use crate::apply::Effective;
use crate::lease::{AccessOutcome, AccessReport, RegistryAccess};
use crate::render::{Paint, safe};

/// Renders the result of opening or closing.
pub(in crate::render) fn access(report: &AccessReport, paint: Paint) -> String {
    let mut text = String::new();
    for registry in &report.registries {
        for line in lines(registry, paint) {
            for line in common::wrap(&line, 2, paint) {
                text += &line;
                text.push('\n');
            }
        }
    }
    text
}

fn lines(registry: &RegistryAccess, paint: Paint) -> Vec<String> {
    let name = paint.bold(safe(registry.id.name()));
    let addresses = addresses(registry);
    let mut lines = vec![match registry.outcome {
        // The registry's answer to this machine cannot tell about an address that the caller named.
        AccessOutcome::AdmittedAlready if registry.effective.is_some() => {
            format!("= {name}: what --ip names gets in already; nothing was written")
        }
        AccessOutcome::AdmittedAlready => {
            format!("= {name}: this machine gets in already; nothing was written")
        }
        AccessOutcome::Opened => format!("{} {name}: open for {addresses}", paint.good("~")),
        AccessOutcome::Closed if addresses.is_empty() => format!("{} {name}: closed", paint.good("~")),
        AccessOutcome::Closed => format!("{} {name}: closed for {addresses}", paint.good("~")),
        AccessOutcome::NothingToClose => format!("= {name}: nothing to close"),
        AccessOutcome::Gone => format!(
            "= {name}: it is not in group {} of subscription {}, or is being deleted: nothing stays open there",
            safe(registry.id.resource_group()),
            safe(registry.id.subscription())
        ),
    }];
    if let Some(effective) = &registry.effective {
        lines.push(format!("  {}", admitted(effective)));
    }
    if registry.outcome == AccessOutcome::Opened {
        for lease in &registry.leases {
            lines.push(format!(
                "  lease {}, until {}",
                safe(&lease.name),
                safe(&lease.until)
            ));
            if lease.enables_public_access {
                lines.push("  public access is enabled, with default action Deny".to_owned());
            }
        }
    }
    if !registry.still_admitted.is_empty() {
        let still = safe(&registry.still_admitted.join(", ")).into_owned();
        lines.push(format!(
            "  {still}: still admitted, by another lease, a rule or the default action"
        ));
    }
    for failure in registry.altered.iter().chain(&registry.not_brought_back) {
        lines.push(format!("  {} {}", paint.bad("!"), safe(&failure.message)));
        if let Some(help) = &failure.help {
            lines.push(format!("    {}", safe(help)));
        }
    }
    for lease in &registry.unreadable {
        lines.push(format!(
            "  {} the tag {} cannot be read: `{}`; it stays, and so do the rules that its job added",
            paint.bad("!"),
            safe(&lease.tag),
            safe(&lease.value)
        ));
        lines.push(format!(
            "    take out the rules that its job added, and remove the tag: {}",
            safe(&lease.remove_command(&registry.id))
        ));
    }
    if let Some(command) = &registry.close {
        lines.push(format!("  close it: {}", safe(command)));
    }
    lines
}

fn admitted(effective: &Effective) -> String {
    match effective {
        Effective::Effective { seconds, .. } => format!("it admits this machine, after {seconds} s"),
        Effective::Pending { answer, .. } => format!("it does not admit this machine: {}", safe(answer)),
        Effective::NotObservable { reason } => format!("not waited for: {}", safe(reason)),
    }
}

/// Names the addresses of the leases, without those that get in after the close.
fn addresses(registry: &RegistryAccess) -> String {
    let mut all: Vec<&str> = Vec::new();
    for address in registry.leases.iter().flat_map(|lease| &lease.addresses) {
        if !all.contains(&address.as_str()) && !registry.still_admitted.contains(address) {
            all.push(address);
        }
    }
    safe(&all.join(", ")).into_owned()
}
