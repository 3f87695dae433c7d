//! The demo that every example serves, without a word about any web framework: this machine's
//! numbers as they change, and a wall where a text posted by anyone appears in every open tab.
//!
//! A `main.rs` mounts four things: the [`PAGE`], the service [`Demo::events`], [`Demo::post`], and,
//! for Prometheus, [`Demo::metrics`]. It runs its server in [`Demo::serve`], which closes the streams before the process stops.

mod demo;
mod log;
mod machine;
mod metrics;
mod moment;
mod origin;
mod post;
mod setup;
mod stop;
mod traffic;
mod update;

pub use demo::Demo;
pub use machine::Machine;
pub use moment::Moment;
pub use origin::Origin;
pub use post::Post;
pub use setup::{Setup, StartError};
pub use stop::asked_to_stop;
pub use traffic::Traffic;
pub use update::Update;

/// The page: one file that needs nothing else, and speaks to `events` and `wall` beside it.
pub const PAGE: &str = include_str!("page.html");
