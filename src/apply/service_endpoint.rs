//! Turning on the service endpoint of one subnet.

use std::time::Duration;

use tokio::time::Instant;

use super::Context;
use super::report::Outcome;
use super::shared::Vnet;
use crate::azure::{lists_endpoint, subnet_with_endpoint};
use crate::live::{Failure, LiveSubnet, PresentSubnet, read_subnet};
use crate::model::{ErrorCode, SubnetId};

/// How often a subnet that changes under our hands is read again before giving up.
const TRIES: usize = 3;

/// GET → the same JSON plus the endpoint → PUT with `If-Match`, one write at a time per virtual network.
/// 412 means that somebody else wrote it in between: read it again.
pub(crate) async fn enable(
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
        let live = if live.endpoint_pending {
            settled(context, subnet).await?
        } else {
            live
        };
        if live.has_endpoint {
            vnet.enabled.insert(subnet.clone());
            return Ok(Outcome::Unchanged);
        }
        context.say(&format!("turning on the service endpoint of {}", subnet.short()));
        match put(context, subnet, &live).await? {
            Put::Done => {
                vnet.written = true;
                vnet.enabled.insert(subnet.clone());
                return Ok(Outcome::Done);
            }
            Put::WrittenMeanwhile(failure) => last = Some(failure),
        }
    }
    Err(last.expect("the loop ends only after a failed precondition"))
}

/// The longest wait for an operation that somebody else began; a subnet takes about 4 to 10 s (recorded: azure-cli
/// test_acr_network_rule).
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until Azure has done with an endpoint that a run before this one, or somebody else, began to turn on.
async fn settled(context: &Context<'_>, subnet: &SubnetId) -> Result<PresentSubnet, Failure> {
    let begin = Instant::now();
    loop {
        context.say(&format!("waiting for the service endpoint of {}", subnet.short()));
        tokio::time::sleep(context.client.pace().poll).await;
        let live = present(read_subnet(context.client, subnet).await)?;
        if !live.endpoint_pending {
            return Ok(live);
        }
        if begin.elapsed() > PATIENCE {
            return Err(unsafe_write(
                subnet,
                "its service endpoint is still `Updating` after three minutes",
            ));
        }
    }
}

/// How a PUT ended that did not fail.
enum Put {
    Done,
    /// Somebody else wrote the subnet since it was read.
    WrittenMeanwhile(Failure),
}

async fn put(context: &Context<'_>, subnet: &SubnetId, live: &PresentSubnet) -> Result<Put, Failure> {
    let Some(etag) = live.etag.as_deref() else {
        return Err(unsafe_write(
            subnet,
            "it was read without an etag, so a write could undo somebody else's",
        ));
    };
    let body = subnet_with_endpoint(&live.body);
    let result = context
        .client
        .put_subnet(subnet, &live.api_version, &body, Some(etag))
        .await;
    context.wrote(&result);
    match result {
        Ok(shown) if shown.as_ref().is_none_or(lists_endpoint) => Ok(Put::Done),
        Ok(_) => Err(unsafe_write(
            subnet,
            "the write was accepted, but its answer does not show the service endpoint",
        )),
        Err(error) if error.is_precondition_failed() => Ok(Put::WrittenMeanwhile(error.into())),
        Err(error) => {
            let now = read_subnet(context.client, subnet).await;
            let on = matches!(now, LiveSubnet::Present(now) if now.has_endpoint || now.endpoint_pending);
            Err(context.refused(error, on))
        }
    }
}

fn unsafe_write(subnet: &SubnetId, why: &str) -> Failure {
    Failure {
        code: ErrorCode::NotVerified.into(),
        message: format!("subnet `{subnet}`: {why}"),
        request_id: None,
        help: Some(
            "look at the subnet: az network vnet subnet show --ids <subnet id>; then run apply again"
                .to_owned(),
        ),
    }
}

fn present(live: LiveSubnet) -> Result<PresentSubnet, Failure> {
    match live {
        LiveSubnet::Present(live) => Ok(live),
        LiveSubnet::Unreadable(failure) => Err(failure),
    }
}
