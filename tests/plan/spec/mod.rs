//! Specs: loading, schema, examples, and hostile input.

mod examples;
mod hostile;
mod load;
mod memory;
mod schema;
