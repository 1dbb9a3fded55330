//! The checksum that binds an apply to the plan that was reviewed.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::plan::Plan;

/// `sha256:` over the JSON form of a value whose keys are all strings.
pub fn checksum(value: &impl Serialize) -> String {
    let mut hasher = Sha256::new();
    serde_json::to_writer(&mut hasher, value).expect("string keys and a hasher take anything");
    let digest = hasher.finalize();
    digest.iter().fold(String::from("sha256:"), |text, byte| {
        text + &format!("{byte:02x}")
    })
}

/// Fills in the checksum: over everything but `created`, `spec`, `impacts` and the checksum itself.
pub(crate) fn seal(mut plan: Plan) -> Plan {
    let created = std::mem::take(&mut plan.created);
    let impacts = std::mem::take(&mut plan.impacts);
    let spec = std::mem::take(&mut plan.spec);
    plan.checksum.clear();
    plan.checksum = checksum(&plan);
    plan.created = created;
    plan.impacts = impacts;
    plan.spec = spec;
    plan
}
