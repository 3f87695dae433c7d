//! The log on NATS against the suite that all logs have in common.

use logs::{Disk, Engine, NatsServer};
use tower_sse_hub::log::suite::{self, Case};

/// Checks each case on a log of its own.
async fn check(cases: &[Case], entries: Option<usize>) {
    let server = NatsServer::start(Disk::Keeps).await;
    for (nth, case) in cases.iter().enumerate() {
        println!("log shows: {}", case.name());
        let name = format!("log-{nth}");
        let log = entries.map_or_else(|| server.log(&name), |most| server.bounded(&name, most));
        case.check(&log).await;
    }
}

#[tokio::test]
async fn nats_log_shows_what_any_log_must() {
    check(suite::CASES, None).await;
}

#[tokio::test]
async fn nats_log_shows_what_it_trims() {
    check(suite::BOUNDED_CASES, Some(100)).await;
}
