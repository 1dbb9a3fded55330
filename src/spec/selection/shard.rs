//! Shards of a spec, so that several runners can share it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::RegistryId;

/// A part of a spec: the registries of some of its subscriptions. ARM's limits are per subscription, so each shard has its
/// own. A registry stays in its shard whatever else the spec names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    /// From 1 on.
    number: u32,
    of: u32,
}

/// A text that is not a shard.
#[derive(Debug, thiserror::Error)]
#[error("expected NUMBER/OF, such as `2/4` for the second of four shards")]
pub struct ShardError;

impl Shard {
    /// Returns true if the registry is in this shard.
    pub fn has(self, id: &RegistryId) -> bool {
        self.has_subscription(id.subscription())
    }

    /// Returns true if the registries of a subscription are in this shard.
    pub fn has_subscription(self, subscription: &str) -> bool {
        let subscription = subscription.to_ascii_lowercase();
        let digest = Sha256::digest(subscription.as_bytes());
        let start = [digest[0], digest[1], digest[2], digest[3]];
        u32::from_be_bytes(start) % self.of == self.number - 1
    }

    /// Returns the number of shards.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Returns the number of the shard.
    pub fn number(self) -> u32 {
        self.number
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (number, of) = text.split_once('/').ok_or(ShardError)?;
        let number = number.parse().map_err(|_| ShardError)?;
        let of = of.parse().map_err(|_| ShardError)?;
        if number == 0 || number > of {
            return Err(ShardError);
        }
        Ok(Self { number, of })
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_registry_is_in_one_shard_with_its_subscription() {
        let mut sizes = [0; 4];
        for number in 0..400 {
            let subscription = format!("00000000-0000-4000-8000-{number:012X}");
            let ids = ["alpha", "omega"].map(|name| RegistryId::new(&subscription, "g", name).unwrap());
            let lower = RegistryId::new(&subscription.to_lowercase(), "h", "other").unwrap();
            let mut shards = Vec::new();
            for shard in 1..=4 {
                let shard: Shard = format!("{shard}/4").parse().unwrap();
                if shard.has(&lower) {
                    shards.push(shard);
                }
            }
            let [shard] = shards[..] else {
                panic!("{subscription} is in {shards:?}");
            };
            assert!(ids.iter().all(|id| shard.has(id)), "{subscription}");
            sizes[shard.number as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (70..130).contains(size)), "{sizes:?}");
    }

    #[test]
    fn text_of_a_shard_is_a_number_and_a_total() {
        for text in ["1/1", "2/4", "4/4"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "1",
            "0/4",
            "5/4",
            "1/0",
            "-1/4",
            "a/b",
            "1/2/3",
            "1/99999999999",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
