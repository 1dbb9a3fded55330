//! Codes of refusals.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FailOn, Guard};

/// The name of the refusal of changes to a registry in the middle of another write.
pub(crate) const BUSY: &str = "busy";

/// The code of a refusal: what refuses. Its JSON form is its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    /// A guard, which `--override` switches off.
    Guard(Guard),
    /// A kind of change that `--fail-on` refuses.
    FailOn(FailOn),
    /// A reason that no flag overrides: Azure itself would refuse, or the plan is stale.
    Other {
        name: Cow<'static, str>,
        /// True if a managed setting could not be compared. A document does not say so: drift is only reported from a
        /// plan that was made just now.
        uncompared: bool,
    },
}

impl RefusalCode {
    /// Returns true if the registry is in the middle of another write, which time alone mends.
    pub(crate) fn is_busy(&self) -> bool {
        self.name() == BUSY
    }

    /// Makes the code of a refusal that no flag overrides.
    pub(crate) fn other(name: &'static str) -> Self {
        Self::Other {
            name: name.into(),
            uncompared: false,
        }
    }

    /// Returns the stable name, such as `removals`.
    pub fn name(&self) -> &str {
        match self {
            Self::Guard(guard) => guard.name(),
            Self::FailOn(kind) => kind.name(),
            Self::Other { name, .. } => name,
        }
    }
}

impl From<Guard> for RefusalCode {
    fn from(guard: Guard) -> Self {
        Self::Guard(guard)
    }
}

impl From<FailOn> for RefusalCode {
    fn from(kind: FailOn) -> Self {
        Self::FailOn(kind)
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for RefusalCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Reads any name, since a saved plan may come from another version.
impl<'de> Deserialize<'de> for RefusalCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if let Some(guard) = Guard::ALL.into_iter().find(|guard| guard.name() == name) {
            return Ok(Self::Guard(guard));
        }
        if let Some(kind) = FailOn::ALL.into_iter().find(|kind| kind.name() == name) {
            return Ok(Self::FailOn(kind));
        }
        Ok(Self::Other {
            name: name.into(),
            uncompared: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_from_their_names() {
        let mut codes = vec![RefusalCode::other("busy")];
        codes.extend(Guard::ALL.map(RefusalCode::from));
        codes.extend(FailOn::ALL.map(RefusalCode::from));
        for code in codes {
            let json = serde_json::to_value(&code).unwrap();
            assert_eq!(json, code.name());
            assert_eq!(serde_json::from_value::<RefusalCode>(json).unwrap(), code);
        }
    }
}
