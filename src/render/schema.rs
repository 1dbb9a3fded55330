//! JSON Schemas (draft-07) of what the commands write.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::error::{ERROR, ErrorDocument, VALIDATE, ValidateDocument};
use crate::{apply, audit, plan};

/// A published schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plan,
    Apply,
    Audit,
    Validate,
    Error,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Plan, Self::Apply, Self::Audit, Self::Validate, Self::Error];

    /// File below `docs/schema/`.
    pub fn file(self) -> &'static str {
        match self {
            Self::Plan => "plan.schema.json",
            Self::Apply => "apply.schema.json",
            Self::Audit => "audit.schema.json",
            Self::Validate => "validate.schema.json",
            Self::Error => "error.schema.json",
        }
    }
}

/// The schema as it is published. Generated, so it cannot disagree with what is written.
pub fn schema(kind: Kind) -> String {
    let schema = match kind {
        Kind::Plan => of::<plan::Plan>(plan::FORMAT),
        Kind::Apply => of::<apply::Report>(apply::FORMAT),
        Kind::Audit => of::<audit::Audit>(audit::FORMAT),
        Kind::Validate => of::<ValidateDocument<'_>>(VALIDATE),
        Kind::Error => of::<ErrorDocument>(ERROR),
    };
    super::json(&schema)
}

fn of<T: JsonSchema>(format: &str) -> Value {
    let generator = SchemaSettings::draft07().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
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

    /// With `RINGFENCE_BLESS=1` the committed files are written instead.
    #[test]
    fn the_committed_schemas_are_the_generated_ones() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
        for kind in Kind::ALL {
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
    fn what_is_written_is_valid_by_its_schema() {
        let rows = [
            (Kind::Plan, samples::plan().json()),
            (Kind::Apply, samples::report().json()),
            (Kind::Audit, samples::audit().json()),
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
