//! JSON Schemas (draft-07) of what the commands write.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::error::{ERROR, ErrorDocument, VALIDATE, ValidateDocument};
use crate::spec::edit;
use crate::{apply, audit, doctor, endpoints, explain, import, lease, merge, plan, spec_diff};

/// A schema that is published below `docs/schema/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishedSchema {
    Plan,
    Apply,
    Audit,
    Diff,
    Explain,
    Edit,
    Endpoints,
    Access,
    Import,
    Doctor,
    Report,
    Validate,
    Error,
}

impl PublishedSchema {
    /// Every published schema.
    pub const ALL: [Self; 13] = [
        Self::Plan,
        Self::Apply,
        Self::Audit,
        Self::Diff,
        Self::Explain,
        Self::Edit,
        Self::Endpoints,
        Self::Access,
        Self::Import,
        Self::Doctor,
        Self::Report,
        Self::Validate,
        Self::Error,
    ];

    /// Returns the name of its file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Plan => "plan.schema.json",
            Self::Apply => "apply.schema.json",
            Self::Audit => "audit.schema.json",
            Self::Diff => "diff.schema.json",
            Self::Explain => "explain.schema.json",
            Self::Edit => "edit.schema.json",
            Self::Endpoints => "endpoints.schema.json",
            Self::Access => "access.schema.json",
            Self::Import => "import.schema.json",
            Self::Doctor => "doctor.schema.json",
            Self::Report => "report.schema.json",
            Self::Validate => "validate.schema.json",
            Self::Error => "error.schema.json",
        }
    }
}

/// Returns a schema as a JSON document. It is generated from the types that are written, so the two cannot disagree.
pub fn schema(kind: PublishedSchema) -> String {
    let schema = match kind {
        PublishedSchema::Plan => of::<plan::Plan>(plan::FORMAT),
        PublishedSchema::Apply => of::<apply::Report>(apply::FORMAT),
        PublishedSchema::Audit => of::<audit::Audit>(audit::FORMAT),
        PublishedSchema::Diff => of::<spec_diff::SpecDiff>(spec_diff::FORMAT),
        PublishedSchema::Explain => of::<explain::Explanation>(explain::FORMAT),
        PublishedSchema::Edit => of::<edit::EditReport>(edit::FORMAT),
        PublishedSchema::Endpoints => of::<endpoints::Endpoints>(endpoints::FORMAT),
        PublishedSchema::Access => of::<lease::AccessReport>(lease::FORMAT),
        PublishedSchema::Import => of::<import::Import>(import::FORMAT),
        PublishedSchema::Doctor => of::<doctor::Diagnosis>(doctor::FORMAT),
        PublishedSchema::Report => of::<merge::MergedReport>(merge::FORMAT),
        PublishedSchema::Validate => of::<ValidateDocument<'_>>(VALIDATE),
        PublishedSchema::Error => of::<ErrorDocument>(ERROR),
    };
    super::json(&schema)
}

fn of<T: JsonSchema>(format: &str) -> Value {
    // Draft-07 is the version that YAML editors and most validators read.
    let generator = SchemaSettings::draft07().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    // The name of the format is fixed, so that a program cannot take one document for another.
    schema["title"] = json!(format);
    schema["properties"]["format"]["const"] = json!(format);
    schema
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::render::Document;
    use crate::render::text::samples;

    /// Writes the committed files with `RINGFENCE_BLESS=1`, instead of comparing them.
    #[test]
    fn committed_schemas_are_the_generated_ones() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
        for kind in PublishedSchema::ALL {
            let path = folder.join(kind.file());
            if std::env::var_os("RINGFENCE_BLESS").is_some() {
                std::fs::write(&path, schema(kind)).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == schema(kind),
                "{} differs: run with RINGFENCE_BLESS=1",
                path.display()
            );
        }
    }

    #[test]
    fn documents_are_valid_by_their_schema() {
        let rows = [
            (PublishedSchema::Plan, samples::plan().json()),
            (PublishedSchema::Apply, samples::report().json()),
            (PublishedSchema::Audit, samples::audit().json()),
        ];
        for (kind, document) in rows {
            let schema: Value = serde_json::from_str(&schema(kind)).unwrap();
            let mut document: Value = serde_json::from_str(&document).unwrap();
            let validator = jsonschema::draft7::new(&schema).unwrap();
            let errors: Vec<_> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{kind:?}: {errors:#?}");
            document["format"] = json!("ringfence.other/1");
            assert!(!validator.is_valid(&document), "{kind:?} takes any format");
        }
    }
}
