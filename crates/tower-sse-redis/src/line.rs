//! A connection that many use.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult, cmd};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::fault;
use crate::server::Server;
use crate::settings::Patience;

/// A connection that many use, which is made when it is needed, and made anew when it has failed.
///
/// Nothing is sent twice.
#[derive(Default)]
pub(crate) struct Line(Mutex<State>);

/// The connection, for one use.
pub(crate) struct Lease {
    pub(crate) connection: MultiplexedConnection,
    nth: u64,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// How many there were.
    nth: u64,
    used: Option<Instant>,
    /// When and why none could be made.
    failed: Option<(Instant, RedisError)>,
}

/// After what time it is asked whether a connection is still one, so that what is sent on it is not
/// sent for nothing: servers restart, and drop those that nobody uses, and networks do not even say so.
const IDLE: Duration = Duration::from_secs(1);

impl Line {
    /// The connection.
    pub(crate) async fn lease(&self, server: &Server, patience: Patience) -> RedisResult<Lease> {
        let came = Instant::now();
        let mut state = self.0.lock().await;
        if let Some(connection) = state.connected(patience).await {
            return Ok(Lease { connection, nth: state.nth });
        }
        // Those who have waited for one connection do not each wait for another.
        if let Some((_, error)) = state.failed.as_ref().filter(|(at, _)| *at > came) {
            return Err(error.clone());
        }
        match server.connect(patience, Duration::ZERO).await {
            Ok(connection) => {
                let nth = state.nth + 1;
                let (used, failed) = (Some(Instant::now()), None);
                *state = State { connection: Some(connection.clone()), nth, used, failed };
                Ok(Lease { connection, nth })
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Takes notice of how it went.
    pub(crate) async fn settle<T>(&self, nth: u64, result: RedisResult<T>) -> RedisResult<T> {
        if result.as_ref().is_err_and(fault::is_of_connection) {
            let mut state = self.0.lock().await;
            if state.nth == nth {
                state.connection = None;
            }
        }
        result
    }

    /// Does not use the connection again.
    pub(crate) async fn drop_connection(&self) {
        self.0.lock().await.connection = None;
    }
}

impl Lease {
    /// Which connection it is.
    pub(crate) fn nth(&self) -> u64 {
        self.nth
    }
}

impl State {
    /// The connection, if there is one that is well.
    async fn connected(&mut self, patience: Patience) -> Option<MultiplexedConnection> {
        let connection = self.connection.as_mut()?;
        let used = self.used.replace(Instant::now());
        if used.is_none_or(|used| used.elapsed() > IDLE) {
            let ping = cmd("PING");
            let answer = timeout(patience.connect, ping.exec_async(connection)).await;
            // That it may not be asked is an answer, too.
            let is_well = |answer: RedisResult<()>| {
                answer.map_or_else(|error| !fault::is_of_connection(&error), |()| true)
            };
            if !answer.is_ok_and(is_well) {
                self.connection = None;
            }
        }
        self.connection.clone()
    }
}
