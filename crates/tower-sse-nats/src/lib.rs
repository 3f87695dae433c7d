#![doc = include_str!("../README.md")]

mod api;
mod append;
mod audit;
mod connection;
mod envelope;
mod fault;
mod log;
mod name;
mod open;
mod pull;
mod read;
mod server;
mod settings;
mod stamp;
mod stored;
mod tail;
mod token;
mod trim;
mod verdict;

pub use log::NatsLog;
pub use name::{InvalidName, StreamName, SubjectPrefix};
pub use server::InvalidUrl;
pub use settings::Storage;
