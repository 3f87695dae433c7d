//! What the programs share that look at a `bench-server` from outside.

mod clock;
mod goals;
mod readers;
mod server;

pub use clock::nanos;
pub use goals::Goals;
pub use readers::Readers;
pub use server::{Result, Server, raise_nofile};

/// The frameworks that a proof is over, unless it is told otherwise.
pub const FRAMEWORKS: [&str; 5] = ["axum", "actix-web", "warp", "hyper", "serve"];
