//! Choices: selectors that are taken, and selectors that are left out.

use super::selector::{LiveFacts, Selector};
use crate::model::RegistryId;

/// Selectors of `--only` and `--except`. A registry is meant if it fits one of the first and none of the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Empty for all registries.
    pub only: Vec<Selector>,
    pub except: Vec<Selector>,
    /// True if other registries of the spec are left to another run: those of another shard, and those that an earlier run has
    /// done. A selector may then fit none of the rest.
    pub is_partial: bool,
}

impl Choice {
    /// Returns true if the registry is meant, or `None` if that depends on its live state and `live` is not known.
    pub fn takes(&self, id: &RegistryId, live: Option<&LiveFacts>) -> Option<bool> {
        let only = match self.only.is_empty() {
            true => Some(true),
            false => any_fits(&self.only, id, live),
        };
        match (only, any_fits(&self.except, id, live)) {
            (Some(false), _) | (_, Some(true)) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        }
    }

    /// Returns each selector with its flag.
    pub fn flags(&self) -> impl Iterator<Item = (&'static str, &Selector)> {
        let only = self.only.iter().map(|selector| ("--only", selector));
        only.chain(self.except.iter().map(|selector| ("--except", selector)))
    }

    /// Returns the first selector that depends on live state, with its flag.
    pub fn live_flag(&self) -> Option<(&'static str, &Selector)> {
        self.flags().find(|(_, selector)| selector.is_live())
    }
}

/// Returns true if one of the selectors fits, or `None` if that is not known.
fn any_fits(selectors: &[Selector], id: &RegistryId, live: Option<&LiveFacts>) -> Option<bool> {
    let mut fits = Some(false);
    for selector in selectors {
        match selector.fits(id, live) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => fits = None,
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn selectors(texts: &[&str]) -> Vec<Selector> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn choice(only: &[&str], except: &[&str]) -> Choice {
        Choice {
            only: selectors(only),
            except: selectors(except),
            is_partial: false,
        }
    }

    #[test]
    fn live_state_decides_only_where_the_id_does_not() {
        let id = RegistryId::new("s1", "g", "alpha").unwrap();
        let tags = Map::from_iter([("env".to_owned(), json!("prod"))]);
        let live = LiveFacts { tags, mode: "open" };
        for (only, except, before, after) in [
            (&[][..], &[][..], Some(true), true),
            (&["beta"], &[], Some(false), false),
            (&["alpha", "tag:env=dev"], &[], Some(true), true),
            (&["beta", "tag:env"], &[], None, true),
            (&["tag:env=dev"], &[], None, false),
            (&["tag:env"], &["alpha"], Some(false), false),
            (&["alpha"], &["mode:open"], None, false),
            (&["beta"], &["mode:open"], Some(false), false),
            (&[], &["mode:closed"], None, true),
        ] {
            let choice = choice(only, except);
            assert_eq!(choice.takes(&id, None), before, "{only:?} {except:?}");
            assert_eq!(choice.takes(&id, Some(&live)), Some(after), "{only:?} {except:?}");
        }
    }
}
