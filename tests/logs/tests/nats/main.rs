//! What is particular to the log on NATS, with real servers. What all logs have in common is said
//! by the hub's suite.

mod access;
mod bad_input;
mod kit;
mod loss;
mod outage;
mod size;
mod suite;
mod trim;
