//! Turning on the service endpoint of one subnet.

use super::Context;
use super::shared::Vnet;
use super::types::Outcome;
use crate::azure::{ArmError, subnet_with_endpoint};
use crate::live::{Failure, LiveSubnet, PresentSubnet, read_subnet};
use crate::model::SubnetId;

/// How often a subnet that changes under our hands is read again before giving up.
const TRIES: usize = 3;

/// GET → the same JSON plus the endpoint → PUT with `If-Match`, one write at a time per virtual network.
/// 412 means that somebody else wrote it in between: read it again.
pub(super) async fn enable(
    context: &Context<'_>,
    subnet: &SubnetId,
    known: Option<&LiveSubnet>,
) -> Outcome {
    let vnet = context.shared.vnet(subnet);
    let mut vnet = vnet.lock().await;
    if vnet.enabled.contains(subnet) {
        return Outcome::Unchanged;
    }
    let known = if vnet.written { None } else { known };
    match write(context, subnet, known, &mut vnet).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed { error },
    }
}

async fn write(
    context: &Context<'_>,
    subnet: &SubnetId,
    mut known: Option<&LiveSubnet>,
    vnet: &mut Vnet,
) -> Result<Outcome, Failure> {
    let mut last = None;
    for _ in 0..TRIES {
        let live = match known.take() {
            Some(LiveSubnet::Present(live)) => live.clone(),
            _ => present(read_subnet(context.client, subnet).await)?,
        };
        if live.has_endpoint {
            vnet.enabled.insert(subnet.clone());
            return Ok(Outcome::Unchanged);
        }
        context.say(&format!("turning on the service endpoint of {}", subnet.short()));
        match put(context, subnet, &live).await {
            Ok(()) => {
                vnet.written = true;
                vnet.enabled.insert(subnet.clone());
                return Ok(Outcome::Done);
            }
            Err(error) if error.is_precondition_failed() => last = Some(error),
            Err(error) => {
                vnet.written = true;
                return Err(error.into());
            }
        }
    }
    let error = last.map(Failure::from);
    Err(error.expect("the loop ends only after a failed precondition"))
}

async fn put(context: &Context<'_>, subnet: &SubnetId, live: &PresentSubnet) -> Result<(), ArmError> {
    let body = subnet_with_endpoint(&live.body);
    let result = context
        .client
        .put_subnet(subnet, &live.api_version, &body, live.etag.as_deref())
        .await;
    context.wrote(&result);
    result
}

fn present(live: LiveSubnet) -> Result<PresentSubnet, Failure> {
    match live {
        LiveSubnet::Present(live) => Ok(live),
        LiveSubnet::Unreadable(failure) => Err(failure),
    }
}
