//! The cases: each is a function of a [`Stage`], and does not know which example it sees.

use std::pin::Pin;

use crate::place::Place;
use crate::stage::Stage;

mod compression;
mod http2;
mod numbers;
mod origins;
mod reconnecting;
mod wall;

/// One case.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
    /// Where it can be run.
    pub(crate) applies: fn(Place) -> bool,
}

pub(crate) fn all() -> impl Iterator<Item = Case> {
    [
        compression::CASES,
        numbers::CASES,
        wall::CASES,
        reconnecting::CASES,
        origins::CASES,
        http2::CASES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Lists cases: where they apply, and the functions.
macro_rules! cases {
    ($($applies:expr => [$($case:ident),* $(,)?]),* $(,)?) => {
        pub(super) const CASES: &[$crate::cases::Case] = &[$($($crate::cases::Case {
            name: stringify!($case),
            run: |stage| Box::pin($case(stage)),
            applies: $applies,
        },)*)*];
    };
}
use cases;

fn everywhere(_: Place) -> bool {
    true
}
