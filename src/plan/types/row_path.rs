//! The paths of rows in documents.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{LEASES_PATH, SERVICE_ENDPOINTS_PATH, Setting};

/// The path of a row in a plan, a report or an audit: a setting, the service endpoints of subnets, or leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowPath {
    Setting(Setting),
    ServiceEndpoints,
    Leases,
}

impl RowPath {
    /// Returns the text of the JSON form.
    pub fn path(self) -> &'static str {
        match self {
            Self::Setting(setting) => setting.path(),
            Self::ServiceEndpoints => SERVICE_ENDPOINTS_PATH,
            Self::Leases => LEASES_PATH,
        }
    }

    /// Returns the key of the spec.
    pub fn spec_key(self) -> &'static str {
        match self {
            Self::Setting(setting) => setting.spec_key(),
            Self::ServiceEndpoints => "serviceEndpoints",
            Self::Leases => "leases",
        }
    }
}

impl Serialize for RowPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.path())
    }
}

impl<'de> Deserialize<'de> for RowPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = <Cow<'_, str>>::deserialize(deserializer)?;
        if path == SERVICE_ENDPOINTS_PATH {
            return Ok(Self::ServiceEndpoints);
        }
        if path == LEASES_PATH {
            return Ok(Self::Leases);
        }
        let path = serde::de::value::CowStrDeserializer::new(path);
        Ok(Self::Setting(Setting::deserialize(path)?))
    }
}
