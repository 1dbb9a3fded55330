//! The names by which links find a place of the page.

use std::collections::BTreeSet;

use crate::model::RegistryId;

/// The anchors of registries, each once.
#[derive(Default)]
pub(super) struct Anchors {
    taken: BTreeSet<String>,
}

impl Anchors {
    /// Returns `registry/NAME`. Azure has each name once; one that a document has twice gets its group and subscription too.
    pub(super) fn of_registry(&mut self, id: &RegistryId) -> String {
        let name = format!("registry/{}", plain(id.name()));
        if self.taken.insert(name.clone()) {
            return name;
        }
        let whole = format!(
            "{name}/{}/{}",
            plain(id.resource_group()),
            plain(id.subscription())
        );
        let mut unique = whole.clone();
        while !self.taken.insert(unique.clone()) {
            unique = format!("{whole}/{}", self.taken.len());
        }
        unique
    }
}

/// Returns the link to a rule or a code.
pub(super) fn of_rule(rule: &str) -> String {
    plain(rule)
}

/// Keeps the characters that mean the same in a link and in an id.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        let fits = character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_');
        plain.push(if fits { character } else { '_' });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_registry_has_an_anchor_of_its_own() {
        let mut anchors = Anchors::default();
        let mut made = BTreeSet::new();
        for (group, name) in [
            ("a", "contoso"),
            ("b", "contoso"),
            ("(b", "contoso"),
            (")b", "contoso"),
        ] {
            let id = RegistryId::new("s", group, name).unwrap();
            assert!(made.insert(anchors.of_registry(&id)), "{group}");
        }
        assert!(made.contains("registry/contoso") && made.contains("registry/contoso/b/s"));
    }
}
