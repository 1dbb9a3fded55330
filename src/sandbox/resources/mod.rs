//! `Microsoft.Resources`: groups, providers, the generic list, Resource Graph; and what stands at any
//! scope.

pub(crate) mod groups;
pub(crate) mod kql;
pub(crate) mod list;
pub(crate) mod locations;
pub(crate) mod locks;
pub(crate) mod permissions;
pub(crate) mod providers;
pub(crate) mod regions;
pub(crate) mod resource_graph;
pub(crate) mod scope;
pub(crate) mod tags;
