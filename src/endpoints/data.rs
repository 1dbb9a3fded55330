//! The hosts that the blobs of images come from.

use super::names::{CloudHosts, host, in_host_names, listed};
use super::types::{Host, Purpose};
use crate::live::LiveRegistry;
use crate::model::{Failure, PublicNetworkAccess, Setting};

/// Returns the hosts of blobs: those of the registry itself, or every storage account.
pub(super) fn data_hosts(
    live: &LiveRegistry,
    regions: &[String],
    cloud: &CloudHosts,
    notes: &mut Vec<String>,
) -> Result<Vec<Host>, Failure> {
    let dedicated = live.settings.flag(Setting::DataEndpointEnabled);
    if dedicated == Some(true) {
        let mut hosts = Vec::new();
        for name in listed(live, "dataEndpointHostNames") {
            hosts.push(host(name, Purpose::Data)?);
        }
        if hosts.is_empty() {
            notes.push("dedicated data endpoints are on, but Azure does not list them yet".to_owned());
        }
        return Ok(hosts);
    }
    let mut hosts = private_hosts(live, regions, notes)?;
    // Without public access, the private endpoint is the only way.
    let public = live.settings.word(Setting::PublicNetworkAccess);
    let is_private = public.map(PublicNetworkAccess::of) == Some(PublicNetworkAccess::Disabled);
    if is_private && !hosts.is_empty() {
        return Ok(hosts);
    }
    if dedicated.is_none() && live.is_premium() {
        notes
            .push("the api-version does not show whether there are dedicated data endpoints".to_owned());
    }
    hosts.extend(storage_host(live, cloud, notes)?);
    Ok(hosts)
}

/// Returns the hosts of a registry with a private endpoint, which serves blobs from its own data endpoints
/// (container-registry-endpoint-reference).
fn private_hosts(
    live: &LiveRegistry,
    regions: &[String],
    notes: &mut Vec<String>,
) -> Result<Vec<Host>, Failure> {
    let mut hosts = Vec::new();
    let (label, suffix) = live.login_server.split_once('.').unwrap_or_default();
    if live.private_endpoint_connections == 0 {
        return Ok(hosts);
    }
    // No source says how a generated name goes into these hosts.
    if !label.eq_ignore_ascii_case(live.id.name()) {
        notes.push(
            "through a private endpoint, blobs come from data endpoints of the registry, whose generated names are not known"
                .to_owned(),
        );
        return Ok(hosts);
    }
    for region in regions {
        let name = format!("{label}.{}.data.{suffix}", in_host_names(region));
        hosts.push(host(&name, Purpose::Data)?);
    }
    notes.push(
        "through a private endpoint, blobs come from the data endpoints of the registry".to_owned(),
    );
    Ok(hosts)
}

/// Returns the host that stands for every storage account.
fn storage_host(
    live: &LiveRegistry,
    cloud: &CloudHosts,
    notes: &mut Vec<String>,
) -> Result<Option<Host>, Failure> {
    let Some(suffix) = &cloud.storage else {
        notes.push("the host of storage accounts is not known in this cloud".to_owned());
        return Ok(None);
    };
    let below = host(&format!("blob.{suffix}"), Purpose::Data)?;
    let narrower = match live.is_premium() {
        true => "`dataEndpoint: true` replaces it by hosts of this registry",
        false => "a Premium registry can replace it by hosts of its own",
    };
    notes.push(format!("`*.{}` is every storage account: {narrower}", below.name));
    Ok(Some(Host {
        name: format!("*.{}", below.name),
        purpose: Purpose::Data,
    }))
}
