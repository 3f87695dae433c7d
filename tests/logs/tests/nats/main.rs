//! What is particular to the log on NATS, with real servers. What all logs have in common is said
//! by the hub's suite.

mod bad_input;
mod kit;
mod loss;
mod outage;
mod suite;
mod trim;
mod wire;
