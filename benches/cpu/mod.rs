//! CPU time as criterion's measurement. The limits are on CPU time, and wall time varies on a shared machine.

use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter};

/// CPU time of the whole process, user and system.
pub(crate) struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = ProcessTime;
    type Value = Duration;

    fn start(&self) -> ProcessTime {
        ProcessTime::now()
    }

    fn end(&self, start: ProcessTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_secs_f64() * 1e3
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Milliseconds
    }
}

struct Milliseconds;

impl ValueFormatter for Milliseconds {
    fn scale_values(&self, _: f64, _: &mut [f64]) -> &'static str {
        "ms CPU"
    }

    fn scale_throughputs(&self, _: f64, _: &Throughput, _: &mut [f64]) -> &'static str {
        "ms CPU"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ms CPU"
    }
}
