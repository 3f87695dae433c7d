//! What every [`Log`] must show.
//!
//! Whoever writes a log runs these [`CASES`] against it, and the [`BOUNDED_CASES`] if it trims what
//! it keeps; [`check_all`] and [`check_bounded`] run them in turn. Time is tokio's, paused or not.
//!
//! # Examples
//! ```
//! use tower_sse_hub::log::{MemoryLog, suite};
//!
//! # let mut runtime = tokio::runtime::Builder::new_current_thread();
//! # let runtime = runtime.enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! suite::check_all(async || MemoryLog::new()).await;
//! suite::check_bounded(async || MemoryLog::new().with_count(100)).await;
//! # });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod append;
mod bounded;
mod content;
mod kit;
mod read;
mod tail;

use std::fmt;

use super::{BoxFuture, Log};

/// Something that a log must show.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    check: for<'a> fn(&'a dyn Log) -> BoxFuture<'a, ()>,
}

impl Case {
    /// What it shows, in a few words: `read::reads_in_pages`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Checks a new and empty log, which nobody else uses.
    ///
    /// # Panics
    /// When the log does not show it.
    pub async fn check(&self, log: &dyn Log) {
        (self.check)(log).await;
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// Checks all that any log must show, each on a log of its own: new, empty, and large enough for a
/// thousand entries.
///
/// # Panics
/// When a log does not show it. What is being checked is printed before.
pub async fn check_all<L: Log>(make: impl AsyncFn() -> L) {
    check(CASES, make).await;
}

/// Checks all that a log must show that trims what it keeps, each on a log of its own: new, empty,
/// and with a bound of a hundred entries or so.
///
/// # Panics
/// When a log does not show it. What is being checked is printed before.
pub async fn check_bounded<L: Log>(make: impl AsyncFn() -> L) {
    check(BOUNDED_CASES, make).await;
}

async fn check<L: Log>(cases: &[Case], make: impl AsyncFn() -> L) {
    for case in cases {
        println!("log shows: {}", case.name);
        case.check(&make().await).await;
    }
}

/// These functions as cases of their names.
macro_rules! cases {
    ($($theme:ident :: $name:ident,)*) => {
        &[$(Case {
            name: concat!(stringify!($theme), "::", stringify!($name)),
            check: |log| Box::pin($theme::$name(log)),
        },)*]
    };
}

/// What any log must show. A log must be large enough for a thousand entries.
pub static CASES: &[Case] = cases![
    append::opens_empty,
    append::opens_with_what_it_has,
    append::orders_what_comes_at_once,
    append::checks_tell_entries_apart,
    append::stores_a_message_id_once,
    append::tells_message_ids_apart,
    append::stores_equals_without_id,
    content::gives_events_back,
    content::gives_ends_back,
    content::takes_topics_of_any_name,
    read::reads_nothing_of_nothing,
    read::reads_in_pages,
    read::reads_the_newest,
    read::reads_after_any_entry,
    read::knows_what_it_never_gave,
    tail::tails_from_the_start,
    tail::tails_from_a_mark,
    tail::tails_for_many,
    tail::wakes_a_tail,
    tail::proves_life,
    tail::loses_nothing_of_a_dropped_wait,
    tail::tails_from_no_unknown_mark,
];

/// What a log must show that trims what it keeps. It must have a bound of a hundred entries or so.
pub static BOUNDED_CASES: &[Case] = cases![
    bounded::tells_what_was_trimmed,
    bounded::reads_all_that_is_kept,
    bounded::tells_a_reader_that_is_overtaken,
    bounded::tells_a_tail_that_is_overtaken,
];
