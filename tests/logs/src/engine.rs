//! What keeps logs.

use std::future::Future;

use tower_sse_hub::log::Log;

/// What keeps logs, and can be hurt. It ends when this is dropped.
pub trait Engine: Sized + Send + Sync + 'static {
    /// Its logs.
    type Log: Log;

    /// What it is called.
    const NAME: &'static str;

    /// Starts it, and waits until it answers.
    fn start(disk: Disk) -> impl Future<Output = Self> + Send;

    /// Where it is.
    fn url(&self) -> String;

    /// The log of this name, as one more node sees it: large enough for a test.
    fn log(&self, name: &str) -> Self::Log {
        self.log_at(&self.url(), name)
    }

    /// The same, by another way to it.
    fn log_at(&self, url: &str, name: &str) -> Self::Log;

    /// The log of this name, as one more node sees it, which keeps so many entries, or some more.
    fn bounded(&self, name: &str, entries: usize) -> Self::Log;

    /// Kills it: it gets no chance to say goodbye.
    fn kill(&mut self);

    /// Runs it again after it was killed, where it was, and waits until it answers.
    fn restart(&mut self) -> impl Future<Output = ()> + Send;

    /// Stops it, so that connections stay and nothing is answered.
    fn freeze(&self);

    /// Lets it go on.
    fn thaw(&self);

    /// Deletes the log of this name, behind the back of all who use it.
    fn wipe(&self, name: &str) -> impl Future<Output = ()> + Send;
}

/// What is left after an engine was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// All that it has confirmed.
    Keeps,
    /// Nothing.
    Forgets,
}
