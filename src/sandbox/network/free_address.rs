//! Whether an address of a virtual network is free (recorded: azure-cli test_network_vnet, 2021-05).

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::model::Cidr;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{list, text};
use crate::sandbox::protocol::response::{Answer, Answered};

/// Addresses that Azure keeps at the begin of each subnet; it keeps the last one too (virtual-networks-faq).
const KEPT: u32 = 4;
/// How many free addresses the answer names (recorded).
const NAMED: usize = 5;

/// GET of `CheckIPAddressAvailability?ipAddress=…`. What uses a subnet has no addresses in the state, so a
/// subnet in use is not answered for.
pub(crate) fn check(call: &Call<'_>, network: &Value) -> Answered {
    let asked = call.request.query("ipAddress").unwrap_or_default();
    let open = || errors::not_established(&format!("whether the address `{asked}` is free"));
    let address = asked.parse::<Ipv4Addr>().map(u32::from).map_err(|_| open())?;
    let subnets = list(&network["properties"], "subnets");
    let found = subnets.iter().find_map(|subnet| {
        let range: Cidr = text(subnet, "/properties/addressPrefix").parse().ok()?;
        (range.first()..=range.last())
            .contains(&address)
            .then_some((subnet, range))
    });
    let (subnet, range) = found.ok_or_else(open)?;
    if !list(&subnet["properties"], "ipConfigurations").is_empty() {
        return Err(open());
    }
    let usable = range.first().saturating_add(KEPT)..range.last();
    if usable.contains(&address) {
        return Ok(Answer::ok(
            json!({"available": true, "isPlatformReserved": false}),
        ));
    }
    let free = usable.take(NAMED).map(|free| Ipv4Addr::from(free).to_string());
    let free: Vec<String> = free.collect();
    Ok(Answer::ok(
        json!({"available": false, "availableIPAddresses": free, "isPlatformReserved": true}),
    ))
}
