#![doc = include_str!("../README.md")]

mod append;
mod check_up;
mod envelope;
mod extent;
mod fault;
mod follow;
mod id;
mod invalid_url;
mod line;
mod lines;
mod read;
mod redis_log;
mod reply;
mod server;
mod settings;
mod stride;
mod tag;
mod tail;
mod trimmer;

pub use invalid_url::InvalidUrl;
pub use redis_log::RedisLog;
