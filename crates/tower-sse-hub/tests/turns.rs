//! Who has their turn when a page of the log has come.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tower_sse_hub::log::{
    AppendError, Appended, BoxFuture, Log, LogError, MemoryLog, NewEntry, Opened, Page, ReadFrom,
    Tail,
};
use tower_sse_hub::{Event, Hub, Mark};

/// A log that notes when a page is asked for.
struct Noting {
    log: MemoryLog,
    turns: Turns,
}

struct NotingTail {
    tail: Box<dyn Tail>,
    turns: Turns,
}

/// What was done, in its order.
#[derive(Clone, Default)]
struct Turns(Arc<Mutex<Vec<Turn>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The next page is asked for.
    Asked,
    /// A subscriber has an event.
    Received,
}

impl Turns {
    fn note(&self, turn: Turn) {
        self.0.lock().expect("nobody panics").push(turn);
    }

    fn take(&self) -> Vec<Turn> {
        std::mem::take(&mut self.0.lock().expect("nobody panics"))
    }
}

impl Tail for NotingTail {
    fn next(&mut self) -> BoxFuture<'_, Result<Page, LogError>> {
        self.turns.note(Turn::Asked);
        self.tail.next()
    }
}

impl Log for Noting {
    fn open(&self) -> BoxFuture<'_, Result<Opened, LogError>> {
        self.log.open()
    }

    fn append(&self, entry: NewEntry) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.log.append(entry)
    }

    fn read(&self, from: ReadFrom, most: usize) -> BoxFuture<'_, Result<Page, LogError>> {
        self.log.read(from, most)
    }

    fn tail(&self, after: Mark) -> BoxFuture<'_, Result<Box<dyn Tail>, LogError>> {
        let turns = self.turns.clone();
        Box::pin(async move {
            let tail = self.log.tail(after).await?;
            Ok(Box::new(NotingTail { tail, turns }) as _)
        })
    }
}

/// Whose turn it was, one after another, when something was published for so many subscribers.
async fn turns(subscribers: usize) -> Vec<Turn> {
    let (log, turns) = (MemoryLog::new(), Turns::default());
    let noting = Noting { log: log.clone(), turns: turns.clone() };
    let (hub, driver) = Hub::builder().open(noting).await.expect("the log is well");
    tokio::spawn(driver.run());
    let mut all = JoinSet::new();
    for _ in 0..subscribers {
        let (mut events, turns) = (hub.subscribe(["a"]).expect("a short name"), turns.clone());
        all.spawn(async move {
            events.next().await.expect("published");
            turns.note(Turn::Received);
        });
    }
    // All wait.
    sleep(Duration::from_millis(1)).await;
    turns.take();
    hub.publish("a", Event::new("x")).await.expect("published");
    all.join_all().await;
    turns.take()
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_page_is_given_it_before_the_next_is_asked_for() {
    assert_eq!(turns(1).await.first(), Some(&Turn::Received));
    assert_eq!(turns(20).await[..20], [Turn::Received; 20]);
}

#[tokio::test(start_paused = true)]
async fn the_next_page_is_asked_for_before_thousands_have_had_this_one() {
    let turns = turns(5000).await;
    let before = turns.iter().position(|turn| *turn == Turn::Asked);
    assert!(before.is_some_and(|received| received < 500), "{before:?}");
}
