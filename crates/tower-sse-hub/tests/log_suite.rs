//! The log in memory against the suite that all logs have in common.

use tower_sse_hub::log::{MemoryLog, suite};

#[tokio::test(start_paused = true)]
async fn memory_log_shows_what_any_log_must() {
    suite::check_all(async || MemoryLog::new()).await;
}

#[tokio::test(start_paused = true)]
async fn memory_log_shows_what_it_trims() {
    suite::check_bounded(async || MemoryLog::new().with_count(100)).await;
}

#[tokio::test(start_paused = true)]
async fn small_pages_and_repeats_change_nothing() {
    let cut = |log: MemoryLog| {
        log.set_max_page(3);
        log.set_repeats(2);
        log
    };
    suite::check_all(async || cut(MemoryLog::new())).await;
    suite::check_bounded(async || cut(MemoryLog::new().with_count(100))).await;
}
