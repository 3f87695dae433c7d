//! The kit that judges every crate here from outside: the [`oracle`] that decodes, the [`cases`]
//! as data, and, behind the feature `net`, a client that shows each frame as it lies on the wire
//! and a server that plays scenarios for clients that reconnect.
//!
//! It depends on none of the crates that it judges, so each of them can test against it. The
//! suite itself, and the hosts it runs on, are in `tests/conformance/`.

pub mod cases;
#[cfg(feature = "net")]
pub mod client;
pub mod oracle;
#[cfg(feature = "net")]
pub mod scenarios;
#[cfg(feature = "net")]
mod wire;
#[cfg(feature = "net")]
mod within;

#[cfg(feature = "net")]
pub use within::within;

/// The project's front page: every piece of Rust on it is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
