//! `ringfence schema`

use clap::{Args, ValueEnum};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::{render, spec};

/// Print a JSON Schema
///
/// The schema describes the spec, for editors, or the result of a command with -o json.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence schema > ringfence.schema.json   # for editors
  ringfence schema plan -o json=plan.schema.json")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct SchemaArgs {
    /// The document that the schema describes
    #[arg(default_value = "spec", value_name = "KIND")]
    document: DescribedDocument,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Json];

/// A document that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DescribedDocument {
    /// The YAML that you write
    Spec,
    /// ringfence.plan/1
    Plan,
    /// ringfence.apply/1
    Apply,
    /// ringfence.audit/1
    Audit,
    /// ringfence.diff/1
    Diff,
    /// ringfence.explain/1
    Explain,
    /// ringfence.edit/1, written by rule add and rule remove with --spec, and import with --into
    Edit,
    /// ringfence.endpoints/1
    Endpoints,
    /// ringfence.import/1
    Import,
    /// ringfence.access/1, of open, close and with-access
    Access,
    /// ringfence.doctor/1
    Doctor,
    /// ringfence.report/1, of report merge
    Report,
    /// ringfence.validate/1, also written by any command if the spec is invalid
    Validate,
    /// ringfence.error/1, written by any command that has no result
    Error,
}

impl Command for SchemaArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let schema = match self.document {
            DescribedDocument::Spec => render::json(&spec::schema()),
            DescribedDocument::Plan => render::schema(render::PublishedSchema::Plan),
            DescribedDocument::Apply => render::schema(render::PublishedSchema::Apply),
            DescribedDocument::Audit => render::schema(render::PublishedSchema::Audit),
            DescribedDocument::Diff => render::schema(render::PublishedSchema::Diff),
            DescribedDocument::Explain => render::schema(render::PublishedSchema::Explain),
            DescribedDocument::Edit => render::schema(render::PublishedSchema::Edit),
            DescribedDocument::Endpoints => render::schema(render::PublishedSchema::Endpoints),
            DescribedDocument::Access => render::schema(render::PublishedSchema::Access),
            DescribedDocument::Import => render::schema(render::PublishedSchema::Import),
            DescribedDocument::Doctor => render::schema(render::PublishedSchema::Doctor),
            DescribedDocument::Report => render::schema(render::PublishedSchema::Report),
            DescribedDocument::Validate => render::schema(render::PublishedSchema::Validate),
            DescribedDocument::Error => render::schema(render::PublishedSchema::Error),
        };
        context.write_bytes(schema.as_bytes())?;
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
