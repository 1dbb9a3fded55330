//! One registry of an audit: what is known of it, and what could not be compared.

use std::collections::BTreeMap;

use super::finding::{self, ComparedWith};
use crate::audit::{Audit, Finding, FindingCode, HiddenSettings};
use crate::model::{RegistryId, Setting};
use crate::plan::{RegistryFailure, RowPath};
use crate::render::text::common::{self, header};
use crate::render::text::last_change::last_change;
use crate::render::{Paint, safe};
use crate::spec::Source;

/// Writers named in one line; more are counted.
const MOST_WRITERS: usize = 5;

/// Everything that an audit says about one registry.
#[derive(Clone)]
pub(super) struct RegistryFindings<'a> {
    pub(super) id: &'a RegistryId,
    pub(super) findings: Vec<&'a Finding>,
    pub(super) uncompared: Vec<&'a RegistryFailure>,
    hidden: Option<&'a HiddenSettings>,
    source: Option<&'a Source>,
    with: ComparedWith,
}

/// Returns the registries that have findings, or a managed part that could not be compared, sorted by id.
pub(super) fn of_audit(audit: &Audit) -> Vec<RegistryFindings<'_>> {
    let mut registries = BTreeMap::new();
    for finding in &audit.findings {
        let registry = entry(&mut registries, &finding.registry);
        registry.findings.push(finding);
    }
    for part in &audit.uncompared {
        entry(&mut registries, &part.id).uncompared.push(part);
    }
    for hidden in &audit.hidden {
        if let Some(registry) = registries.get_mut(&hidden.registry) {
            registry.hidden = Some(hidden);
        }
    }
    if !audit.since.is_empty() {
        for registry in registries.values_mut() {
            registry.with = ComparedWith::Earlier;
        }
    }
    for read in &audit.registries {
        if let Some(registry) = registries.get_mut(&read.id) {
            registry.source = read.source.as_ref();
        }
    }
    registries.into_values().collect()
}

fn entry<'a, 'b>(
    registries: &'b mut BTreeMap<&'a RegistryId, RegistryFindings<'a>>,
    id: &'a RegistryId,
) -> &'b mut RegistryFindings<'a> {
    let empty = RegistryFindings {
        id,
        findings: Vec::new(),
        uncompared: Vec::new(),
        hidden: None,
        source: None,
        with: ComparedWith::Spec,
    };
    registries.entry(id).or_insert(empty)
}

impl RegistryFindings<'_> {
    /// Returns true if a managed part of the registry could not be compared.
    pub(super) fn is_in_part(&self) -> bool {
        !self.uncompared.is_empty()
    }

    /// Returns true if a wanted subnet does not exist.
    pub(super) fn has_gone_subnet(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.code == FindingCode::GoneSubnet)
    }

    /// Returns true if a setting is not shown that the spec does not manage.
    pub(super) fn is_hidden_in_part(&self) -> bool {
        self.hidden.is_some()
    }

    /// Returns what registries have in common that read the same: all but their names, places and last writers.
    pub(super) fn shared(&self) -> (&'static str, Vec<String>, Vec<&str>) {
        let mut lines = Vec::new();
        for finding in &self.findings {
            lines.extend(finding::finding(finding, None, self.with, Paint::PLAIN));
        }
        lines.extend(self.not_compared(Paint::PLAIN));
        (self.title().1, lines, self.helps())
    }

    /// Writes what is hidden or could not be compared.
    fn not_compared(&self, paint: Paint) -> Vec<String> {
        let mut lines = Vec::new();
        for what in self.hidden.into_iter().flat_map(hides) {
            lines.extend(common::wrap(&format!("  {} {what}", paint.warn("?")), 4, paint));
        }
        lines.extend(self.uncompared(paint));
        lines
    }

    /// Returns the next steps of the findings, each once.
    fn helps(&self) -> Vec<&str> {
        let mut helps = Vec::new();
        for text in self.findings.iter().filter_map(|finding| finding.help.as_deref()) {
            if !helps.contains(&text) {
                helps.push(text);
            }
        }
        helps
    }

    /// Returns the sign and the words for the registry as a whole.
    fn title(&self) -> (&'static str, &'static str) {
        // An expectation can fail on a state that is the wanted one.
        let earlier = self.with == ComparedWith::Earlier;
        let (mut drift, mut broken) = (false, false);
        for finding in &self.findings {
            match finding.code {
                FindingCode::BrokenExpectation => broken = true,
                _ => drift = true,
            }
        }
        match (drift, broken, self.is_in_part()) {
            (false, false, _) => ("?", "could be compared only in part"),
            (true, _, true) if earlier => ("~", "has changed, and could be compared only in part"),
            (true, _, false) if earlier => ("~", "has changed"),
            (true, _, true) => ("~", "has drifted, and could be compared only in part"),
            (true, _, false) => ("~", "has drifted"),
            (_, true, true) => ("~", "breaks an expectation, and could be compared only in part"),
            (_, true, false) => ("~", "is as the spec says, and breaks an expectation"),
        }
    }

    /// Writes what could not be compared. Parts with the same next step share it.
    fn uncompared(&self, paint: Paint) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, part) in self.uncompared.iter().enumerate() {
            let error = &part.error;
            let (code, message) = (safe(&error.code), safe(&error.message));
            let line = format!("  {}: {message}", paint.warn(format!("?[{code}]")));
            lines.extend(common::wrap(&line, 4, paint));
            let next = self.uncompared.get(at + 1);
            if next.is_none_or(|next| next.error.help != error.help) {
                let text = error.help.as_deref();
                lines.extend(text.into_iter().flat_map(|text| help(text, paint)));
            }
        }
        lines
    }

    /// Returns when the registry was last changed, with its last writer, and the writer alone.
    fn last_change(&self, now: &str) -> Option<(String, String)> {
        for finding in &self.findings {
            // Service endpoints belong to the subnet: the last writer of the registry did not change them.
            if finding.path == Some(RowPath::ServiceEndpoints) {
                continue;
            }
            if let Some(last) = &finding.last_modified {
                let change = last_change(&last.at, &last.by, &last.by_type, now);
                let writer = format!("{} ({})", safe(&last.by), safe(&last.by_type));
                return Some((change, writer));
            }
        }
        None
    }
}

/// Writes registries that read the same: the first one with its findings and places, what could not be compared, the
/// last writers, the next step, and the names of the others. `now` is the time of the audit.
pub(super) fn block(alike: &[&RegistryFindings<'_>], now: &str, paint: Paint) -> Vec<String> {
    let [first, rest @ ..] = alike else {
        return Vec::new();
    };
    let (sign, what) = first.title();
    let line = header(paint.warn(sign), first.id, first.source, paint.warn(what), paint);
    let mut lines = common::wrap(&line, 4, paint);
    for finding in &first.findings {
        lines.extend(finding::finding(
            finding,
            finding.source.as_ref(),
            first.with,
            paint,
        ));
    }
    lines.extend(first.not_compared(paint));
    lines.extend(last_changes(alike, now, paint));
    for text in first.helps() {
        lines.extend(help(text, paint));
    }
    lines.extend(common::same_for(
        first.id,
        rest.iter().map(|other| other.id),
        paint,
    ));
    lines
}

/// Says who changed the registries last, and when if that is the same for all.
fn last_changes(alike: &[&RegistryFindings<'_>], now: &str, paint: Paint) -> Vec<String> {
    let (mut changes, mut writers) = (Vec::new(), Vec::new());
    for registry in alike {
        if let Some((change, writer)) = registry.last_change(now) {
            changes.push(change);
            writers.push(writer);
        }
    }
    let is_one = changes.len() == alike.len() && changes.windows(2).all(|pair| pair[0] == pair[1]);
    let text = match changes.first() {
        None => return Vec::new(),
        Some(change) if is_one => format!("registry last changed {change}"),
        Some(_) => {
            writers.sort();
            writers.dedup();
            let writers = common::first_of(&writers, MOST_WRITERS);
            format!("registries last changed by {writers}")
        }
    };
    common::wrap(&format!("  {}", paint.dim(text)), 4, paint)
}

/// Says of each setting that it is hidden. The spec does not manage it, so there was nothing to compare.
pub(super) fn hides(hidden: &HiddenSettings) -> Vec<String> {
    let mut phrases = Vec::new();
    for setting in &hidden.settings {
        phrases.push(match setting {
            Setting::VirtualNetworkRules => {
                "its subnet rules are hidden at this api-version; the spec does not manage them"
                    .to_owned()
            }
            setting => format!(
                "does not show `{}` at this api-version; the spec does not manage it",
                setting.spec_key()
            ),
        });
    }
    phrases
}

fn help(text: &str, paint: Paint) -> Vec<String> {
    common::wrap(&format!("  {}", common::help(text, paint)), 4, paint)
}
