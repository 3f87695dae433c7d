//! Every order in which publishers, readers, wakers and drops can meet. Run with
//! `RUSTFLAGS='--cfg hub_loom' cargo test --release -p tower-sse-hub --lib topic::tests`.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use loom::future::block_on;
use loom::thread;
use tokio::time::Instant;
use tower_sse_codec::Event;

use super::*;
use crate::reader::{Next, Reader};
use crate::{Mark, Position};

fn topic() -> Arc<Topic> {
    Arc::new(Topic::new(TopicName::new("a").expect("a short name"), History::default()))
}

fn reader(topic: &Arc<Topic>) -> Reader {
    Reader::new(std::iter::once(Arc::clone(topic)), Mark::default())
}

/// Publishes events in an order that the lock of a store gives.
fn publish(topic: &Topic, position: u64) {
    let mark = Mark { position: Position::new(position, 0), check: 0 };
    topic.lock().history.push(mark, Instant::now(), &Event::new("x"), None);
    topic.wake();
}

/// As a stream does it.
fn poll(reader: &mut Reader, cx: &mut Context<'_>) -> Poll<usize> {
    if reader.is_waiting(cx.waker()) {
        return Poll::Pending;
    }
    match reader.next(Position::LAST, Some(cx.waker())) {
        Next::Events(events) => Poll::Ready(events.events()),
        _ => Poll::Pending,
    }
}

fn read(reader: &mut Reader, mut events: usize) {
    while events > 0 {
        events -= block_on(poll_fn(|cx| poll(reader, cx)));
    }
}

#[test]
fn a_reader_misses_nothing() {
    loom::model(|| {
        let topic = topic();
        let mut reader = reader(&topic);
        let publisher = thread::spawn({
            let topic = Arc::clone(&topic);
            move || (1..=2).for_each(|position| publish(&topic, position))
        });
        read(&mut reader, 2);
        publisher.join().expect("no panic");
    });
}

#[test]
fn two_readers_do_not_miss_what_the_other_gets() {
    loom::model(|| {
        let topic = topic();
        let readers = [reader(&topic), reader(&topic)];
        let readers = readers.map(|mut reader| thread::spawn(move || read(&mut reader, 1)));
        publish(&topic, 1);
        readers.map(|reader| reader.join().expect("no panic"));
    });
}

#[test]
fn a_reader_may_go_while_it_is_woken() {
    loom::model(|| {
        let topic = topic();
        let mut leaving = reader(&topic);
        let leaver = thread::spawn(move || {
            let first = block_on(poll_fn(|cx| Poll::Ready(poll(&mut leaving, cx))));
            leaving.leave().for_each(drop);
            first
        });
        publish(&topic, 1);
        let _ = leaver.join().expect("no panic");
        // Whoever comes after finds everything in order.
        let mut reader = reader(&topic);
        read(&mut reader, 1);
        publish(&topic, 2);
        read(&mut reader, 1);
    });
}
