//! Api-versions of the network provider.

use crate::sandbox::forms::types::{
    ENDPOINT_POLICIES, ENDPOINT_RESOURCES, INTERFACES, NAT_GATEWAYS, NETWORK_VERSIONS, NETWORKS,
    PUBLIC_ADDRESSES, PUBLIC_PREFIXES, ROUTE_TABLES, SECURITY_GROUPS,
};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::known_word;
use crate::sandbox::protocol::response::Answer;

/// Versions that Azure has (azure-rest-api-specs) and whose answers the sandbox does not know. No announcement of
/// their end was found.
const OLD: &[&str] = &[
    "2014-12-01-preview",
    "2015-05-01-preview",
    "2015-06-15",
    "2016-03-30",
    "2016-06-01",
    "2016-09-01",
    "2016-12-01",
    "2017-03-01",
    "2017-06-01",
    "2017-08-01",
    "2017-09-01",
    "2017-10-01",
    "2017-11-01",
    "2018-01-01",
    "2018-02-01",
    "2018-04-01",
    "2018-06-01",
    "2018-07-01",
    "2018-08-01",
    "2018-10-01",
    "2018-11-01",
    "2018-12-01",
    "2019-02-01",
    "2019-04-01",
    "2019-06-01",
    "2019-07-01",
    "2019-08-01",
];

/// Types beside networks.
const OTHER_TYPES: [&str; 8] = [
    NAT_GATEWAYS,
    PUBLIC_ADDRESSES,
    PUBLIC_PREFIXES,
    ENDPOINT_RESOURCES,
    INTERFACES,
    SECURITY_GROUPS,
    ROUTE_TABLES,
    ENDPOINT_POLICIES,
];

/// Refuses a version that the type of the path does not have: 400, and 501 for one that Azure has.
pub(crate) fn check(call: &Call<'_>) -> Result<(), Answer> {
    let mut kind = NETWORKS;
    for known in OTHER_TYPES {
        let (_, word) = known.split_once('/').unwrap_or_default();
        if call
            .request
            .segments
            .iter()
            .any(|segment| segment.eq_ignore_ascii_case(word))
        {
            kind = known;
        }
    }
    check_of(call, kind)
}

/// Refuses a version that the type `kind` does not have: 400, and 501 for one that Azure has.
pub(crate) fn check_of(call: &Call<'_>, kind: &str) -> Result<(), Answer> {
    if let Some(old) = known_word(OLD, call.version) {
        return Err(errors::not_established(&format!(
            "the network provider at the api-version `{old}`"
        )));
    }
    call.offered(kind, NETWORK_VERSIONS)
}
