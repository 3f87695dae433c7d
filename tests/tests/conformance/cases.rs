//! The cases: each is a function of a [`Server`], and does not know which one it is.

use std::pin::Pin;

use crate::place::{Place, Route};
use crate::server::Server;

mod admission;
mod bursts;
mod checkpoints;
mod clients;
mod compression;
mod draining;
mod ends;
mod errors;
mod finish;
mod forged;
mod frames;
mod gap;
mod head;
mod keep_alive;
mod lag;
mod last_event_id;
mod limits;
mod methods;
mod peers;
mod replay;
mod resume;
mod together;
mod wire;

/// One case.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Server) -> Pin<Box<dyn Future<Output = ()>>>,
    /// Where it can be run.
    pub(crate) applies: fn(&Place) -> bool,
}

pub(crate) fn all() -> impl Iterator<Item = Case> {
    [
        head::CASES,
        methods::CASES,
        frames::CASES,
        wire::CASES,
        bursts::CASES,
        keep_alive::CASES,
        last_event_id::CASES,
        errors::CASES,
        limits::CASES,
        clients::CASES,
        compression::CASES,
        resume::CASES,
        checkpoints::CASES,
        gap::CASES,
        replay::CASES,
        lag::CASES,
        finish::CASES,
        forged::CASES,
        together::CASES,
        admission::CASES,
        draining::CASES,
        ends::CASES,
        peers::CASES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Whether a case takes what this machine does not have; then that is said aloud.
pub(crate) fn is_skipped(case: &Case) -> bool {
    peers::is_skipped(case)
}

/// Lists cases: where they apply, and the functions.
macro_rules! cases {
    ($($applies:expr => [$($case:ident),* $(,)?]),* $(,)?) => {
        pub(super) const CASES: &[$crate::cases::Case] = &[$($($crate::cases::Case {
            name: stringify!($case),
            run: |server| Box::pin($case(server)),
            applies: $applies,
        },)*)*];
    };
}
use cases;

/// On every route.
fn everywhere(_: &Place) -> bool {
    true
}

/// On the native routes and the mounts.
fn streams(place: &Place) -> bool {
    matches!(place.route, Route::Native | Route::Mount)
}

fn mounts(place: &Place) -> bool {
    place.route == Route::Mount
}
