//! The ways to decode. Each sees every event through `black_box`, by reference.

mod floor;
mod ours;
mod rivals;

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic;
use std::time::{Duration, Instant};

use crate::Result;
use crate::tally::Tally;

/// A way to decode the chunks of a stream.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    decode: fn(&[&[u8]]) -> Result<Tally>,
}

/// Why a way has no figure.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// In a word.
    pub(crate) word: &'static str,
    cause: String,
}

pub(crate) const WAYS: [Way; 6] = [
    Way { name: "ours", decode: ours::borrowed },
    Way { name: "ours-owned", decode: ours::owned },
    Way { name: "borrowed-floor", decode: floor::borrowed },
    Way { name: "sse-core", decode: rivals::sse_core },
    Way { name: "sse-stream", decode: rivals::sse_stream },
    Way { name: "eventsource-stream", decode: rivals::eventsource_stream },
];

/// The places of ours in [`WAYS`]; all behind the floor are rivals.
pub(crate) const OURS: usize = 0;
pub(crate) const OWNED: usize = 1;
pub(crate) const FLOOR: usize = 2;

impl Way {
    pub(crate) fn decode(&self, chunks: &[&[u8]]) -> Result<Tally> {
        (self.decode)(chunks)
    }

    /// How long it takes, if it finds what there is.
    pub(crate) fn time(
        &self,
        chunks: &[&[u8]],
        expected: Tally,
    ) -> std::result::Result<Duration, Failure> {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let started = Instant::now();
        let outcome = panic::catch_unwind(|| self.decode(chunks));
        let elapsed = started.elapsed();
        panic::set_hook(hook);

        match outcome {
            Ok(Ok(found)) if found == expected => Ok(elapsed),
            Ok(Ok(found)) => Err(Failure { word: "differs", cause: format!("found {found}") }),
            Ok(Err(error)) => Err(Failure { word: "cannot", cause: error.to_string() }),
            Err(payload) => Err(Failure { word: "panics", cause: message(&*payload) }),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.cause)
    }
}

impl Error for Failure {}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}
