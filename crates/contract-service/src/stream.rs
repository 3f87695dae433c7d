//! One stream and what happens to it.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, spawn};
use tower_sse_client::{EventSource, Update};

use crate::callbacks::Callbacks;

/// A stream that runs. It is closed when this is dropped.
#[derive(Debug)]
pub(crate) struct Stream {
    restarts: UnboundedSender<()>,
    task: AbortHandle,
}

impl Stream {
    pub(crate) fn start(source: EventSource, callbacks: Callbacks) -> Self {
        let (restarts, receiver) = unbounded_channel();
        let task = spawn(run(source, callbacks, receiver)).abort_handle();
        Self { restarts, task }
    }

    pub(crate) fn restart(&self) {
        // A stream that has come to its end does not start again.
        let _ = self.restarts.send(());
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    mut source: EventSource,
    mut callbacks: Callbacks,
    mut restarts: UnboundedReceiver<()>,
) {
    loop {
        let update = tokio::select! {
            Some(()) = restarts.recv() => {
                source.restart();
                continue;
            }
            update = source.update() => update,
        };
        match update {
            Some(Ok(Update::Event(event))) => callbacks.event(&event, source.last_event_id()).await,
            Some(Ok(Update::Comment(text))) => callbacks.comment(&text).await,
            Some(Ok(Update::Reconnect { error, .. }) | Err(error)) => callbacks.error(&error).await,
            Some(Ok(_)) => {}
            None => return,
        }
    }
}
