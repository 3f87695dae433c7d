//! What hubs show over any log: clients that hop between them lose nothing and get nothing twice,
//! whatever happens to the log, or are told.

/// Runs checks on each engine, each as a test of its own.
macro_rules! on_each_engine {
    ($($check:ident)+) => {
        mod memory {
            $(#[tokio::test] async fn $check() { super::$check::<logs::Memory>().await; })+
        }
        on_each_server!($($check)+);
    };
}

/// The same, on those to which there is a way that can be cut.
macro_rules! on_each_server {
    ($($check:ident)+) => {
        mod redis {
            $(#[tokio::test] async fn $check() { super::$check::<logs::RedisServer>().await; })+
        }
        mod nats {
            $(#[tokio::test] async fn $check() { super::$check::<logs::NatsServer>().await; })+
        }
    };
}

mod client;
mod counted;
mod faults;
mod health;
mod hop;
mod idle;
mod journal;
mod loss;
mod model;
mod node;
mod oracle;
mod publisher;
mod reads;
mod record;
mod run;
mod trimmed;
mod until;
