//! Headers of every ARM answer: request ids and remaining rates.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::Method;
use jiff::Timestamp;
use uuid::Uuid;

use super::request::Request;
use super::response::Answer;

/// Numbers from which the rate headers count down (recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09:
/// 16499 global reads, 800 writes, 12000 global writes).
const READS: u32 = 16_499;
const WRITES: u32 = 800;
const GLOBAL_WRITES: u32 = 12_000;
/// Number of requests after which the count starts again: without throttling it must not reach 0.
const REFILL: u32 = 500;

/// Counts requests for the rate headers.
#[derive(Default)]
pub(crate) struct Rates {
    reads: AtomicU32,
    writes: AtomicU32,
}

/// Adds request ids and, with `rates`, the remaining rates. Throttling adds its own.
pub(crate) fn add(answer: Answer, request: &Request, rates: Option<&Rates>) -> Answer {
    let id = Uuid::new_v4().to_string();
    // A client's correlation id is sent back.
    let correlation = match request.header("x-ms-correlation-request-id") {
        None | Some("") => id.as_str(),
        Some(sent) => sent,
    };
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let answer = answer
        .with("x-ms-request-id", &id)
        .with("x-ms-correlation-request-id", correlation)
        .with("x-ms-routing-request-id", &format!("SANDBOX:{time}:{id}"));
    match rates {
        Some(rates) => remaining(answer, request.counted_as(), rates),
        None => answer,
    }
}

fn remaining(answer: Answer, method: &Method, rates: &Rates) -> Answer {
    // Reads and writes count apart.
    if matches!(*method, Method::GET | Method::HEAD) {
        let used = rates.reads.fetch_add(1, Ordering::Relaxed) % REFILL;
        return answer.with(
            "x-ms-ratelimit-remaining-subscription-global-reads",
            &(READS - used).to_string(),
        );
    }
    let used = rates.writes.fetch_add(1, Ordering::Relaxed) % REFILL;
    answer
        .with(
            "x-ms-ratelimit-remaining-subscription-writes",
            &(WRITES - used).to_string(),
        )
        .with(
            "x-ms-ratelimit-remaining-subscription-global-writes",
            &(GLOBAL_WRITES - used).to_string(),
        )
}
