//! Whether anybody listens.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

/// How many subscribe to a topic, and a way to wait until that changes.
///
/// ```
/// use std::time::Duration;
/// use tower_sse_hub::Hub;
///
/// # async fn sample() {}
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let hub = Hub::new();
/// let mut demand = hub.demand("numbers")?;
/// // Samples while somebody looks, and for ten seconds after the last has gone.
/// tokio::spawn(async move { demand.meet(Duration::from_secs(10), || sample()).await });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Demand(watch::Receiver<usize>);

impl Demand {
    pub(crate) fn new(subscribers: watch::Receiver<usize>) -> Self {
        Self(subscribers)
    }

    /// How many subscribe now.
    pub fn subscribers(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until somebody subscribes; for ever when the hub is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn wanted(&mut self) {
        self.reaches(|subscribers| subscribers > 0).await;
    }

    /// Waits until nobody has subscribed for this time; for ever when the hub is gone.
    ///
    /// # Cancel safety
    /// When the future is dropped, the time begins anew.
    pub async fn unwanted(&mut self, grace: Duration) {
        loop {
            self.reaches(|subscribers| subscribers == 0).await;
            let mut wanted = self.clone();
            tokio::select! {
                () = sleep(grace) => return,
                () = wanted.wanted() => {}
            }
        }
    }

    /// Runs what `start` makes whenever somebody subscribes, and drops it when nobody has for this
    /// time. When it ends by itself, it runs again after the next who comes.
    ///
    /// The future never ends: who wants it to go on spawns it.
    ///
    /// # Cancel safety
    /// When the future is dropped, what it runs is dropped with it.
    pub async fn meet<F: Future>(&mut self, grace: Duration, mut start: impl FnMut() -> F) {
        loop {
            self.wanted().await;
            let mut unwanted = self.clone();
            let mut unwanted = pin!(unwanted.unwanted(grace));
            tokio::select! {
                () = &mut unwanted => {}
                _ = start() => unwanted.await,
            }
        }
    }

    async fn reaches(&mut self, is_reached: impl Fn(usize) -> bool) {
        if self.0.wait_for(|subscribers| is_reached(*subscribers)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
