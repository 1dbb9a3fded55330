//! The checksum that binds an apply to the plan that was reviewed.

use sha2::{Digest, Sha256};

use super::Plan;

/// Fills in the checksum: SHA-256 over the JSON form without `created` and without the checksum itself.
pub(super) fn seal(mut plan: Plan) -> Plan {
    let created = std::mem::take(&mut plan.created);
    plan.checksum.clear();
    let mut hasher = Sha256::new();
    serde_json::to_writer(&mut hasher, &plan)
        .expect("a plan has string keys only, so it always serialises");
    let digest = hasher.finalize();
    plan.checksum = digest.iter().fold(String::from("sha256:"), |text, byte| {
        text + &format!("{byte:02x}")
    });
    plan.created = created;
    plan
}
