//! `egress` of named subnets: the public addresses that their clients have while the service endpoint is off.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::scope::{FileScope, ResolvedEntry};
use crate::model::{AddressSet, Cidr, RegistryId};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::types::{Spec, SubnetEgress};

impl Spec {
    /// Returns the public addresses that the files give to subnets, as they hold for a registry: those of its own file, and
    /// for other subnets those of the other files.
    pub fn egress_for(&self, id: &RegistryId) -> SubnetEgress {
        let (mut own, mut others) = (SubnetEgress::new(), SubnetEgress::new());
        for registry in self.registries.iter().chain(&self.left_out) {
            let all = if registry.id == *id { &mut own } else { &mut others };
            for (subnet, addresses) in &*registry.egress {
                all.entry(subnet.clone()).or_default().extend(addresses);
            }
        }
        others.extend(own);
        others
    }
}

impl FileScope {
    /// Resolves `egress` of the subnets that the file with this index defines. Included files have done so for theirs.
    pub(crate) fn resolve_egress(&mut self, loading: &mut Loading, file: u32) {
        let mut own = SubnetEgress::new();
        for subnet in self.subnets.values() {
            let Some(entries) = &subnet.egress else { continue };
            if subnet.name.at.file != file {
                continue;
            }
            // Two names can stand for the same subnet. Its clients then have the addresses of both.
            let addresses = own.entry(subnet.id.value.clone()).or_default();
            for entry in entries {
                addresses.extend(self.egress_ranges(loading, entry));
            }
        }
        self.add_egress(&own);
    }

    /// Adds the addresses of subnets that another file defines.
    pub(crate) fn add_egress(&mut self, other: &SubnetEgress) {
        if other.is_empty() {
            return;
        }
        let all = Arc::make_mut(&mut self.egress);
        for (id, addresses) in other {
            all.entry(id.clone()).or_default().extend(addresses);
        }
    }

    /// Resolves one entry. Reports ranges with special-use addresses and leaves them out.
    fn egress_ranges(&self, loading: &mut Loading, entry: &Spanned<String>) -> BTreeSet<Cidr> {
        let mut public = BTreeSet::new();
        match self.entry(loading, entry) {
            Some(ResolvedEntry::Ranges(ranges)) => {
                for range in ranges {
                    match special_use(range) {
                        None => drop(public.insert(range)),
                        Some(name) => report_special_use(loading, entry, range, name),
                    }
                }
            }
            Some(ResolvedEntry::Subnet(_)) => {
                let message = format!("`{}` is a subnet: `egress` takes public addresses", entry.value);
                let help = "list the public addresses that the clients of the subnet have";
                loading.report(entry.at, DiagnosticCode::UnknownName, message, help);
            }
            None => {}
        }
        public
    }
}

/// Returns what is special about a range that has addresses which no client shows to a registry.
fn special_use(range: Cidr) -> Option<&'static str> {
    if AddressSet::from_iter([range]) == range.public() {
        return None;
    }
    Some(
        range
            .special_use()
            .unwrap_or("a range with private or reserved addresses"),
    )
}

fn report_special_use(loading: &mut Loading, entry: &Spanned<String>, range: Cidr, name: &str) {
    let message = format!("`{range}` is {name}: `egress` takes public addresses");
    let help = "list the addresses of the NAT gateway, firewall or load balancer that the clients use";
    loading.report(entry.at, DiagnosticCode::EgressNotPublic, message, help);
}
