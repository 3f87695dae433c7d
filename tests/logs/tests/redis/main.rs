//! The log on Redis, against servers that are killed, frozen, trimmed, and set up wrong.

mod broken;
mod foreign;
mod full;
mod kit;
mod lost;
mod secure;
mod sentinel;
mod suite;
mod trimmed;
mod warned;
mod wrong;
