//! What is taken over, what is not, and what becomes of it, over real sockets.

mod bodies;
mod client;
mod ends;
mod handlers;
mod listeners;
mod same;
mod server;
mod shared;
mod stalls;
mod storm;
mod taken;
