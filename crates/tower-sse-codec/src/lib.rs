#![doc = include_str!("../README.md")]
#![no_std]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod block;
mod budget;
mod decode;
mod encode;
mod encoded;
mod event;
mod event_ref;
mod field;
mod group;
mod id;
#[cfg(feature = "json")]
mod json;
mod lagged;
mod last_event_id;
mod name;
mod run;
mod text;
mod too_long;
#[cfg(feature = "json")]
mod typed;

pub use decode::{Decoded, Decoder};
pub use encoded::Encoded;
pub use event::Event;
pub use event_ref::EventRef;
pub use group::{Group, Membership};
pub use id::{EventId, InvalidEventId};
#[cfg(feature = "json")]
pub use json::JsonError;
pub use lagged::Lagged;
pub use last_event_id::LastEventId;
pub use name::{EventName, InvalidEventName};
pub use run::{Run, RunBuilder};
pub use text::Text;
pub use too_long::TooLong;
