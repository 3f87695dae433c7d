//! The [`text/event-stream`] format, and nothing else: no HTTP, no I/O, no clock.
//!
//! An [`Event`] is what an application holds. [`Encoded`] is its wire bytes, made once and free to
//! share. Writing cannot fail: whatever could break the format is refused earlier, where an
//! [`EventId`] or an [`EventName`] is made.
//!
//! ```
//! use tower_sse_codec::{Encoded, Event, EventId, EventName};
//!
//! let event = Event::new("first line\nsecond line")
//!     .with_name(EventName::new("greeting")?)
//!     .with_id(EventId::from(7));
//!
//! assert_eq!(
//!     Encoded::from(event).bytes(),
//!     "event: greeting\nid: 7\ndata: first line\ndata: second line\n\n"
//! );
//! # Ok::<(), tower_sse_codec::InvalidEventName>(())
//! ```
//!
//! A conformant decoder that is fed these bytes sees exactly one event with exactly these values,
//! for any text in any field, except that a CR or a CRLF in data or comment comes back as LF.
//!
//! The crate is `no_std` and needs `alloc`. The feature `json` adds [`Event::json`] and
//! [`Event::typed`].
//!
//! [`text/event-stream`]: https://html.spec.whatwg.org/multipage/server-sent-events.html
#![cfg_attr(
    not(feature = "json"),
    doc = "\n[`Event::json`]: https://docs.rs/tower-sse-codec/latest/tower_sse_codec/struct.Event.html#method.json\n[`Event::typed`]: https://docs.rs/tower-sse-codec/latest/tower_sse_codec/struct.Event.html#method.typed"
)]
#![no_std]
#![warn(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::alloc_instead_of_core
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod encode;
mod encoded;
mod event;
mod id;
#[cfg(feature = "json")]
mod json;
mod last_event_id;
mod name;
mod text;
#[cfg(feature = "json")]
mod typed;

pub use encoded::Encoded;
pub use event::Event;
pub use id::{EventId, InvalidEventId};
#[cfg(feature = "json")]
pub use json::JsonError;
pub use last_event_id::LastEventId;
pub use name::{EventName, InvalidEventName};
pub use text::Text;
