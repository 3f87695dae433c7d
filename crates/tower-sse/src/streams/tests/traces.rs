use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber, subscriber};

use super::*;

/// Writes down what is traced of streams, in lines.
#[derive(Clone, Default)]
struct Recorder {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<AtomicU64>,
}

/// The fields of a span or an event, but for what differs from one run to the next.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.0.insert_str(0, &format!("{value:?}")),
            "age" => self.0 += " age",
            name => self.0 += &format!(" {name}={value:?}"),
        }
    }
}

impl Recorder {
    fn write(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields)) {
        assert_eq!(*metadata.level(), Level::DEBUG);
        let mut fields = Fields(String::new());
        record(&mut fields);
        self.lines.lock().expect("no panic").push(fields.0);
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tower_sse::streams")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(span.metadata(), |fields| {
            span.record(fields);
            fields.0.insert_str(0, span.metadata().name());
        });
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn event(&self, event: &tracing::Event<'_>) {
        self.write(event.metadata(), |fields| event.record(fields));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_stream_is_a_span_with_its_beginning_and_its_end() {
    let recorder = Recorder::default();
    subscriber::with_default(recorder.clone(), || {
        let streams = by_user().with_max_open(1).build();
        let sse = Sse::new(stream::empty::<Event>());
        let permit = streams.admit(&request("ann")).expect("there is room");
        let _ = streams.admit(&request("bob")).expect_err("there is none");
        let mut body = Box::pin(sse.with_permit(permit).into_body());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(matches!(body.as_mut().poll_frame(&mut cx), std::task::Poll::Ready(None)));
        drop(body);
        let panics = Streams::builder().with_key(|_: &Parts| -> Option<u64> { wanted_panic() });
        let _ = panics.build().admit(&request("")).expect_err("there is no key");
    });
    let lines = recorder.lines.lock().expect("no panic");
    assert_eq!(
        *lines,
        [
            "event_stream key=ann",
            "opened",
            "event_stream key=bob",
            "refused cause=full",
            "ended reason=finished events=0 bytes=0 age",
            "refused cause=key_panicked",
        ]
    );
}
