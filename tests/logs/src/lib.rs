//! Servers that keep logs, as the tests need them: real ones, on a port that was free, in a place of
//! their own, to be killed, frozen, run again and wiped.
//!
//! A server that is not installed makes the test fail that wants it.

mod engine;
mod memory;
mod nats;
mod process;
mod redis;
mod scratch;
mod wire;

pub use engine::{Disk, Engine};
pub use memory::Memory;
pub use nats::NatsServer;
pub use process::Process;
pub use redis::RedisServer;
pub use scratch::Scratch;
pub use wire::Wire;
