//! Judges any reconnecting client from outside, over real sockets: what a server answers exchange
//! by exchange, the server that plays it, and the verdict on what the client showed.
//!
//! ```
//! use conformance::scenarios::{self, ReadyState, Server, What};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let mut all = scenarios::client().into_iter();
//! let scenario = all.find(|scenario| scenario.name == "status-201-fails").expect("it is there");
//! let server = Server::start(&scenario).await;
//!
//! // A client of `server.url()` goes here. This one gives up before it asks for anything.
//! let mut client = vec![What::Error(ReadyState::Closed)].into_iter();
//! let seen = server.watch(async || client.next()).await;
//!
//! let verdict = scenario.judge(&seen, ReadyState::Closed, &server.requests());
//! assert_eq!(verdict, Err("status-201-fails: 0 requests came, not 1".to_owned()));
//! # });
//! ```

mod expect;
mod play;
mod refusing;
mod request;
mod scenario;
#[cfg(feature = "tls")]
mod self_signed;
mod server;
mod verdict;

pub use expect::{Expect, Step};
pub use refusing::Refusing;
pub use request::{Origin, Request};
pub use scenario::{After, Exchange, Scenario, Settings, When};
#[cfg(feature = "tls")]
pub use self_signed::SelfSigned;
pub use server::Server;
pub use verdict::{ReadyState, Seen, What};

/// All of `client-scenarios.json`: what an EventSource is asked for by other suites.
pub fn client() -> Vec<Scenario> {
    load(include_str!("../cases/client-scenarios.json"))
}

/// All of `client-more.json`: bad servers, redirects, and what depends on the client's settings.
pub fn more() -> Vec<Scenario> {
    load(include_str!("../cases/client-more.json"))
}

fn load(json: &str) -> Vec<Scenario> {
    #[derive(serde::Deserialize)]
    struct File {
        scenarios: Vec<Scenario>,
    }
    let file: File = serde_json::from_str(json).expect("a file of scenarios is well formed");
    file.scenarios
}

#[cfg(test)]
mod tests;
