//! Specs: loading, schema, examples, and hostile input.

mod corrections;
mod edit_texts;
mod edits;
mod egress;
mod examples;
mod hostile;
mod layout;
mod load;
mod memory;
mod schema;
