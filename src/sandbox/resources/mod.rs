//! `Microsoft.Resources`: groups, providers, the generic list, Resource Graph; and locks.

pub(crate) mod groups;
pub(crate) mod kql;
pub(crate) mod list;
pub(crate) mod locations;
pub(crate) mod locks;
pub(crate) mod providers;
pub(crate) mod regions;
pub(crate) mod resource_graph;
