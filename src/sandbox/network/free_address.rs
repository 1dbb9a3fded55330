//! Check of whether an address of a virtual network is free (recorded: azure-cli test_network_vnet, 2021-05).

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::lookup::find;
use crate::model::Cidr;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{list, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Number of addresses that Azure reserves at the begin of each subnet. It reserves the last one too
/// (virtual-networks-faq).
const RESERVED: u32 = 4;
/// Number of free addresses that the answer names (recorded).
const NAMED: usize = 5;

/// Answers GET of `CheckIPAddressAvailability?ipAddress=…`.
///
/// The state has no addresses of the resources in a subnet, so a question about a subnet in use is answered 501.
pub(crate) fn check(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let network = find(call, at.get("group"), at.get("network"))?;
    let asked = call.request.query("ipAddress").unwrap_or_default();
    let Ok(address) = asked.parse::<Ipv4Addr>().map(u32::from) else {
        return Err(unknown(asked));
    };
    let Some((subnet, range)) = subnet_around(network, address) else {
        return Err(unknown(asked));
    };
    if !list(&subnet["properties"], "ipConfigurations").is_empty() {
        return Err(unknown(asked));
    }
    // A range without its reserved addresses.
    let usable = range.first().saturating_add(RESERVED)..range.last();
    if usable.contains(&address) {
        return Ok(Answer::ok(
            json!({"available": true, "isPlatformReserved": false}),
        ));
    }
    // A reserved address is not free, and the answer suggests others.
    let free: Vec<Ipv4Addr> = usable.take(NAMED).map(Ipv4Addr::from).collect();
    Ok(Answer::ok(
        json!({"available": false, "availableIPAddresses": free, "isPlatformReserved": true}),
    ))
}

/// Returns the subnet that an IPv4 address is in, and its range.
fn subnet_around(network: &Value, address: u32) -> Option<(&Value, Cidr)> {
    for subnet in list(&network["properties"], "subnets") {
        let Ok(range) = text(subnet, "/properties/addressPrefix").parse::<Cidr>() else {
            continue;
        };
        if (range.first()..=range.last()).contains(&address) {
            return Some((subnet, range));
        }
    }
    None
}

fn unknown(address: &str) -> Answer {
    errors::not_established(&format!("a check of the address `{address}`"))
}
