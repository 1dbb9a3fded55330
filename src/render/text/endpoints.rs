//! Text of endpoints: the hosts of each registry, then those that all share.

use super::common;
use super::table::table;
use crate::endpoints::{Endpoints, Host, Purpose, RegistryEndpoints, UnreadRegistry};
use crate::render::{Paint, safe};

/// Renders the hosts for people.
pub(in crate::render) fn endpoints(endpoints: &Endpoints, paint: Paint) -> String {
    let mut blocks = Vec::new();
    for registry in &endpoints.registries {
        blocks.push(of_registry(registry, paint));
    }
    if !endpoints.registries.is_empty() {
        blocks.push(shared(endpoints, paint));
    }
    for unread in &endpoints.failures {
        blocks.push(failed(unread, paint));
    }
    if let Some(line) = below(endpoints) {
        blocks.push(common::wrap(&line, 2, paint));
    }
    common::page(&blocks)
}

fn of_registry(registry: &RegistryEndpoints, paint: Paint) -> Vec<String> {
    let regions: Vec<_> = registry.regions.iter().map(|region| safe(region)).collect();
    let about = format!(
        "(group {}, in {})",
        safe(registry.id.resource_group()),
        regions.join(", ")
    );
    let name = paint.bold(safe(registry.id.name()));
    let mut lines = common::wrap(&format!("{name} {}", paint.dim(about)), 2, paint);
    lines.extend(hosts(&registry.hosts, paint));
    for note in &registry.notes {
        lines.extend(common::wrap(&format!("  note: {}", safe(note)), 8, paint));
    }
    if let Some(failure) = &registry.unread_replicas {
        let what = "the replicas cannot be read, so hosts of their regions may be missing";
        lines.extend(common::wrap(&format!("  {} {what}", paint.bad("!")), 4, paint));
        let error = common::failure(failure, None, paint.indented(4));
        lines.extend(common::indent(4, error));
    }
    lines
}

fn shared(endpoints: &Endpoints, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold("every registry").to_string()];
    lines.extend(hosts(&endpoints.shared, paint));
    let line = format!("  note: {}", endpoints.about_tags());
    lines.extend(common::wrap(&line, 8, paint));
    lines
}

fn hosts(hosts: &[Host], paint: Paint) -> Vec<String> {
    let mut rows = Vec::new();
    for host in hosts {
        rows.push([host.name.clone(), host.purpose.in_words().to_owned()]);
    }
    let text = table(["HOST", "FOR"], &rows, paint.indented(2));
    common::indent(2, text.lines().skip(1).map(str::to_owned).collect())
}

/// Says once that the port is the same for all, and that Azure's answer is not all that a client may need.
fn below(endpoints: &Endpoints) -> Option<String> {
    let all = endpoints.registries.iter().flat_map(|registry| &registry.hosts);
    let data = all.filter(|host| host.purpose == Purpose::Data).count();
    (data > 0).then(|| format!("All of them are reached over HTTPS, TCP port {}.", endpoints.port))
}

fn failed(unread: &UnreadRegistry, paint: Paint) -> Vec<String> {
    let name = paint.bold(safe(&unread.name));
    let mut lines = vec![format!("{} {name} could not be read", paint.bad("!"))];
    let error = common::failure(&unread.error, None, paint.indented(4));
    lines.extend(common::indent(4, error));
    lines
}
