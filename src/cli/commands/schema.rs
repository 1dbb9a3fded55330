//! `ringfence schema`

use clap::{Args, ValueEnum};

use crate::cli::{Context, Repeated};
use crate::error::{Error, Exit};
use crate::{render, spec};

/// Print a JSON Schema
///
/// Of the spec, for editors, or of what a command writes with -o json.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence schema > ringfence.schema.json     for editors: # yaml-language-server: $schema=./ringfence.schema.json
  ringfence schema plan -o json=plan.schema.json")]
pub(crate) struct SchemaArgs {
    /// What the schema describes
    #[arg(default_value = "spec")]
    pub kind: Kind,
    #[command(flatten)]
    pub repeated: Repeated,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// The YAML that you write
    Spec,
    /// ringfence.plan/1
    Plan,
    /// ringfence.apply/1
    Apply,
    /// ringfence.audit/1
    Audit,
    /// ringfence.validate/1, also what any command writes where the spec is invalid
    Validate,
    /// ringfence.error/1, what any command writes where there is no result
    Error,
}

pub(crate) fn run(args: &SchemaArgs, context: &Context) -> Result<Exit, Error> {
    let schema = match args.kind {
        Kind::Spec => render::json(&spec::schema()),
        Kind::Plan => render::schema(render::PublishedSchema::Plan),
        Kind::Apply => render::schema(render::PublishedSchema::Apply),
        Kind::Audit => render::schema(render::PublishedSchema::Audit),
        Kind::Validate => render::schema(render::PublishedSchema::Validate),
        Kind::Error => render::schema(render::PublishedSchema::Error),
    };
    context.write_bytes(schema.as_bytes())?;
    Ok(Exit::Done)
}
