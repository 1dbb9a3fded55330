//! The nouns that every part shares: ranges, address sets, resource ids.

mod address_set;
mod cidr;
mod resource_id;
mod rule;
