//! Reports of several shards as one. The JSON form is `ringfence.report/1`.
//!
//! The entries of the shards stay as they are, so the merged report has all that a program finds in each of them. Only
//! the summaries are added up.

mod earlier;
mod error;
mod kind;
mod part;
mod totals;
mod turned_on;
mod types;

use std::collections::BTreeSet;

use serde_json::Value;

pub use earlier::{EarlierReport, EarlierReportError};
pub use error::MergeError;
pub use kind::ReportKind;
pub use part::ReportPart;
pub use totals::Totals;
pub use types::{FORMAT, MergedPart, MergedReport};

use part::{RunFacts, id_of};

/// Puts the parts together, in the order of their files.
///
/// # Errors
/// Parts of two kinds, of two specs or of two contents of one, of two environments, or of two numbers of shards; and a shard or
/// a registry that is in two parts.
pub fn merge(parts: Vec<ReportPart>) -> Result<MergedReport, MergeError> {
    let mut parts = parts.into_iter();
    let first = parts.next().ok_or(MergeError::Nothing)?;
    let mut merged = MergedReport::new(&first);
    let run = first.run.clone();
    let (mut ids, mut shards) = (BTreeSet::new(), BTreeSet::new());
    for part in std::iter::once(first).chain(parts) {
        check_run(&run, &part)?;
        if let Some(shard) = part.shard
            && !shards.insert(shard)
        {
            return Err(MergeError::ShardTwice {
                file: part.file,
                shard,
            });
        }
        // A registry in two parts would count twice: the parts are not shards of one run.
        for (key, id) in part.ids() {
            if !ids.insert(key) {
                let (file, id) = (part.file.clone(), id.to_owned());
                return Err(MergeError::Twice { file, id });
            }
        }
        merged.add(part);
    }
    merged.count_endpoints();
    sort_by_id(&mut merged.registries);
    sort_by_id(&mut merged.failures);
    Ok(merged)
}

/// Refuses a part that is not of the run of the first one, with what differs.
fn check_run(first: &RunFacts, part: &ReportPart) -> Result<(), MergeError> {
    let (file, found) = (part.file.clone(), &part.run);
    if found == first {
        Ok(())
    } else if found.kind != first.kind {
        Err(MergeError::MixedKinds {
            file,
            found: found.kind,
            first: first.kind,
        })
    } else if found.specs != first.specs {
        Err(MergeError::OtherSpecs { file })
    } else if found.digest != first.digest {
        Err(MergeError::OtherContent { file })
    } else if found.shards != first.shards {
        Err(MergeError::OtherShards {
            file,
            found: found.shards,
            first: first.shards,
        })
    } else {
        Err(MergeError::OtherEnvironment { file })
    }
}

fn sort_by_id(entries: &mut [Value]) {
    entries.sort_by(|a, b| id_of(a).cmp(id_of(b)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(file: &str, document: &Value) -> Result<ReportPart, MergeError> {
        ReportPart::read(file, document.to_string().as_bytes())
    }

    /// A plan of these registries, one of which changes.
    fn plan(names: &[&str]) -> Value {
        let mut registries = Vec::new();
        for name in names {
            registries.push(json!({"id": format!("/registries/{name}")}));
        }
        json!({
            "format": "ringfence.plan/1", "checksum": "sha256:1", "created": "2026-01-01T00:00:00Z", "specs": ["a"],
            "registries": registries, "failures": [],
            "summary": {
                "registries": names.len(), "changed": 1, "add": 2, "change": 0, "remove": 0, "notes": 0, "refusals": 0,
                "failed": 0
            }
        })
    }

    fn merged(documents: &[Value]) -> Result<MergedReport, MergeError> {
        let mut parts = Vec::new();
        for (at, document) in documents.iter().enumerate() {
            parts.push(part(&format!("{at}.json"), document)?);
        }
        merge(parts)
    }

    #[test]
    fn registries_are_sorted_and_summaries_added() {
        let report = merged(&[plan(&["c", "a"]), plan(&[]), plan(&["b"])]).unwrap();
        let ids: Vec<&str> = report.registries.iter().map(id_of).collect();
        assert_eq!(ids, ["/registries/a", "/registries/b", "/registries/c"]);
        let Totals::Plan(summary) = report.summary else {
            panic!("{report:?}");
        };
        assert_eq!((summary.registries, summary.changed, summary.add), (3, 3, 6));
        assert_eq!(report.parts.len(), 3);
        assert_eq!(report.parts[2].checksum.as_deref(), Some("sha256:1"));
    }

    /// The report of an apply that turned on endpoints without an undo, each with a registry that lists its subnet.
    fn applied(endpoints: &[(&str, bool, &str)], registrations: &[&str]) -> Value {
        let mut left = Vec::new();
        for (name, on, listed_by) in endpoints {
            let subnet = format!(
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/{name}"
            );
            left.push(json!({"subnet": subnet, "on": on, "listedBy": [listed_by]}));
        }
        json!({
            "format": "ringfence.apply/1", "plan": "sha256:1", "created": "2026-01-01T00:00:00Z", "run": "r", "specs": ["a"],
            "registries": [], "failures": [], "beside": {"endpoints": left, "registrations": registrations},
            "summary": serde_json::to_value(crate::apply::ReportSummary::default()).unwrap()
        })
    }

    #[test]
    fn writes_beside_the_undo_are_there_once() {
        let report = merged(&[
            applied(&[("b", false, "tailspin")], &["two"]),
            applied(
                &[("a", true, "contoso"), ("b", true, "fabrikam")],
                &["one", "two"],
            ),
            unwritten(),
        ])
        .unwrap();
        let beside = serde_json::to_value(&report.beside).unwrap();
        let found: Vec<(&str, &Value, &Value)> = beside["endpoints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|endpoint| {
                let subnet = endpoint["subnet"].as_str().unwrap();
                (
                    subnet.rsplit('/').next().unwrap(),
                    &endpoint["on"],
                    &endpoint["listedBy"],
                )
            })
            .collect();
        let both = json!(["fabrikam", "tailspin"]);
        assert_eq!(
            found,
            [
                ("a", &json!(true), &json!(["contoso"])),
                ("b", &json!(true), &both)
            ]
        );
        assert_eq!(beside["registrations"], json!(["one", "two"]));
    }

    /// The report of a shard that wrote nothing.
    fn unwritten() -> Value {
        let mut report = applied(&[], &[]);
        report.as_object_mut().unwrap().remove("beside");
        report
    }

    #[test]
    fn parts_that_are_not_shards_of_one_run_are_refused() {
        let mut other_spec = plan(&["b"]);
        other_spec["specs"] = json!(["b"]);
        let mut unread = plan(&[]);
        unread["failures"] = json!([{"id": "/Registries/A", "error": {}}]);
        let audit = json!({
            "format": "ringfence.audit/1", "created": "x", "specs": ["a"], "registries": [], "findings": [],
            "failures": [],
            "summary": {"registries": 0, "inSync": 0, "drifted": 0, "findings": 0, "failed": 0, "incomplete": 0,
                "noSpec": 0, "posture": {"errors": 0, "warnings": 0, "notes": 0, "accepted": 0}}
        });
        let rows = [
            (
                plan(&["a"]),
                "`1.json` names registry `/registries/a`, and an earlier file does too",
            ),
            (
                unread,
                "`1.json` names registry `/Registries/A`, and an earlier file does too",
            ),
            (other_spec, "`1.json` is about another spec than the first file"),
            (
                audit,
                "`1.json` is `ringfence.audit/1`, and the first file is `ringfence.plan/1`",
            ),
        ];
        for (second, message) in rows {
            let error = merged(&[plan(&["a"]), second]).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        assert!(matches!(merged(&[]), Err(MergeError::Nothing)));
    }

    #[test]
    fn text_that_is_not_a_report_is_refused() {
        let mut without_summary = plan(&["a"]);
        without_summary["summary"] = json!({"registries": "many"});
        let mut huge = plan(&["a"]);
        huge["summary"]["registries"] = json!(u64::MAX);
        let mut without_id = plan(&["a"]);
        without_id["registries"] = json!([{}]);
        let failed = json!({"format": "ringfence.error/1", "error": {"code": "sign-in"}});
        let rows = [
            (json!([]), "it is not a report"),
            (json!({"format": "ringfence.plan/2"}), "it is `ringfence.plan/2`"),
            (failed, "it is of a shard that ended without a result"),
            (without_summary, "it is not a report"),
            (huge, "a count of its summary is too large"),
            (without_id, "it has an entry without `id`"),
        ];
        for (document, words) in rows {
            let message = part("x.json", &document).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
        assert!(ReportPart::read("x.json", b"{\"format\": 1, \"format\": 2}").is_err());
    }
}
