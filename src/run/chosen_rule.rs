//! The rules that `--only-change` names.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::model::Rule;
use crate::spec::{KnownNames, suggest_name};

/// A rule as the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChosenRule {
    /// An address, a range or the id of a subnet.
    Rule(Rule),
    /// The name that a spec has for a network or a subnet.
    Name(String),
}

/// Returns the rules that are meant.
///
/// # Errors
/// A name that no file of the spec has: a plan without changes must not look well because of it.
pub(crate) fn chosen_rules(chosen: &[ChosenRule], names: &KnownNames) -> Result<BTreeSet<Rule>, Error> {
    let mut rules = BTreeSet::new();
    for one in chosen {
        match one {
            ChosenRule::Rule(rule) => {
                rules.insert(rule.clone());
            }
            ChosenRule::Name(name) => {
                let named = names.rules_named(name);
                if named.is_empty() {
                    return Err(Error::usage(
                        format!(
                            "`--only-change {name}`: the spec has no network or subnet of this name"
                        ),
                        suggest_name(
                            name,
                            &names.all_names(),
                            "give an address, a range or the id of a subnet",
                        ),
                    ));
                }
                rules.extend(named);
            }
        }
    }
    Ok(rules)
}
