//! What a client gets that comes back to a hub.

use conformance::oracle::Dispatched;
use conformance::within;
use futures_util::future::join_all;
use tower_sse::{Event, Sse, or_query};
use tower_sse_hub::Start;

use super::{cases, everywhere, streams};
use crate::journal::{Journal, answer};
use crate::place::Route;
use crate::server::Server;
use crate::visit::Visit;

cases! {
    everywhere => [
        resumes_after_any_id_of_any_topic,
        resumes_after_a_cut_at_any_byte,
        says_that_it_has_resumed_when_asked,
        head_in_a_page_joins_the_page_and_the_stream,
        header_beats_the_head_in_the_page,
        what_comes_before_the_first_byte_is_not_lost,
    ],
    streams => [
        history_and_live_meet_while_events_are_published,
    ],
    // It is many connections, and the route makes no difference to them.
    |place| place.route == Route::Native => [
        client_that_is_cut_off_a_hundred_times_gets_everything_once,
    ],
}

async fn resumes_after_any_id_of_any_topic(server: Server) {
    let mut journal = Journal::new();
    for n in 0..12 {
        journal.publish(["a", "b", "other"][n % 3]);
    }
    let path = journal.serve(&server, ["a", "b"], answer);
    for n in 0..12 {
        let mut visit = Visit::start(&server, &path, journal.id(n)).await;
        // It comes after all that is kept, so nothing else can be to come before it.
        let last = journal.publish("a");
        let seen = visit.until_id(&last).await;
        assert_eq!(seen.events, journal.after(journal.id(n), &["a", "b"]));
    }
}

async fn resumes_after_a_cut_at_any_byte(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a", "b"], answer);
    let mut visit = Visit::start(&server, &path, "").await;
    for n in 0..3 {
        let id = journal.publish(["a", "b"][n % 2]);
        visit.until_id(id).await;
    }
    let cuts = visit.cuts();
    assert_eq!(cuts.len(), 4, "{cuts:?}");
    // Before the first event it has no id, and begins anew.
    for cut in &cuts[1..] {
        let mut back = Visit::start(&server, &path, &cut.last_event_id).await;
        let last = journal.publish("b");
        let rest = back.until_id(last).await.events.clone();
        assert_eq!([cut.events.clone(), rest].concat(), journal.all(&["a", "b"]));
    }
}

async fn says_that_it_has_resumed_when_asked(server: Server) {
    let mut journal = Journal::new();
    for n in 0..9 {
        journal.publish(["a", "b", "other"][n % 3]);
    }
    let path = journal.serve(&server, ["a", "b"], |events| answer(events.with_resumed()));
    for n in 0..9 {
        let mut visit = Visit::start(&server, &path, journal.id(n)).await;
        visit.until("an event", |seen| !seen.events.is_empty()).await;
        let missed = journal.after(journal.id(n), &["a", "b"]).len();
        let last = journal.publish("b");
        let resumed = Dispatched {
            name: "resumed".to_owned(),
            data: format!(r#"{{"replayed":{missed}}}"#),
            // It has no id: a client that is cut off now must not be elsewhere than before.
            id: journal.id(n).to_owned(),
        };
        let after = journal.after(journal.id(n), &["a", "b"]);
        assert_eq!(visit.until_id(last).await.events, [vec![resumed], after].concat());
    }
    // Who comes for the first time resumes nothing.
    let mut visit = Visit::start(&server, &path, "").await;
    let last = journal.publish("a");
    assert_eq!(visit.until_id(last).await.events.len(), 1);
}

/// The path to the topic `a`, with an id in the query.
fn page(server: &Server, journal: &Journal) -> String {
    let hub = journal.hub.clone();
    server.hub(move |asked| {
        let after = or_query(asked.last_event_id, &asked.query, "after");
        Sse::new(hub.subscribe(["a"]).expect("a name").with_last_event_id(after))
    })
}

async fn head_in_a_page_joins_the_page_and_the_stream(server: Server) {
    let mut journal = Journal::new();
    let path = page(&server, &journal);
    // The first page is made before anything was published.
    for _ in 0..4 {
        let (page, head) = (journal.all(&["a"]), journal.head());
        journal.publish("other");
        journal.publish("a");
        let mut visit = Visit::start(&server, &format!("{path}?after={head}"), "").await;
        let last = journal.publish("a");
        let stream = visit.until_id(last).await.events.clone();
        assert_eq!([page, stream].concat(), journal.all(&["a"]));
    }
}

async fn header_beats_the_head_in_the_page(server: Server) {
    let mut journal = Journal::new();
    // A browser repeats its first URL each time.
    let path = format!("{}?after={}", page(&server, &journal), journal.head());
    let mut seen = Vec::new();
    let mut last_event_id = String::new();
    for _ in 0..4 {
        let last = journal.publish("a");
        let mut visit = Visit::start(&server, &path, &last_event_id).await;
        seen.extend(visit.until_id(&last).await.events.clone());
        last_event_id = last.to_string();
    }
    assert_eq!(seen, journal.all(&["a"]));
}

async fn what_comes_before_the_first_byte_is_not_lost(server: Server) {
    let mut journal = Journal::new();
    let first = journal.publish("a");
    let hub = journal.hub.clone();
    let path = journal.serve(&server, ["a", "b"], move |events| {
        // In the moment after it was subscribed, and before anything is asked of it.
        hub.publish_now("b", Event::new("meanwhile")).expect("it is published");
        answer(events)
    });
    for (n, id) in ["", &first].into_iter().enumerate() {
        let mut visit = Visit::start(&server, &path, id).await;
        let events = &visit.until_id(journal.head()).await.events;
        assert_eq!(events.len(), n + 1, "{events:?}");
        assert!(events.iter().all(|event| event.data == "meanwhile"), "{events:?}");
    }
}

async fn history_and_live_meet_while_events_are_published(server: Server) {
    let topics = ["a", "b", "other"];
    let mut journal = Journal::new();
    for n in 0..30 {
        journal.publish(topics[n % 3]);
    }
    let first = journal.id(0).to_owned();
    let by_id = journal.serve(&server, ["a", "b"], answer);
    let starts = [Start::Oldest, Start::Last(5), Start::Live].map(|start| {
        journal.serve(&server, ["a", "b"], move |events| answer(events.with_start(start)))
    });
    let ways = [(&by_id, first.as_str()), (&starts[0], ""), (&starts[1], ""), (&starts[2], "")];
    let visits = join_all([ways, ways].concat().into_iter().map(async |(path, id)| {
        let mut visit = Visit::start(&server, path, id).await;
        visit.until("many events", |seen| seen.events.len() > 100).await;
        visit
    }));
    let mut visits = journal.publish_during(&topics, visits).await;
    let last = journal.publish("a");
    let (all, after_first) = (journal.all(&["a", "b"]), journal.after(&first, &["a", "b"]));
    for (n, visit) in visits.iter_mut().enumerate() {
        let seen = &visit.until_id(&last).await.events;
        let due = match n % ways.len() {
            0 => &after_first,
            1 => &all,
            // Wherever it began, there is no hole in what follows.
            _ => &all[all.len() - seen.len()..],
        };
        assert_eq!(seen, due);
    }
}

async fn client_that_is_cut_off_a_hundred_times_gets_everything_once(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a", "b"], answer);
    let mut last_event_id = journal.publish("other").to_string();
    let hops = async {
        let mut seen = Vec::new();
        for _ in 0..100 {
            let mut visit = Visit::start(&server, &path, &last_event_id).await;
            visit.until("an event", |seen| !seen.events.is_empty()).await;
            // At any byte of what has come, so in the midst of an event more often than not.
            let cut = visit.cut(fastrand::usize(..=visit.body().len()));
            seen.extend(cut.events);
            last_event_id = cut.last_event_id;
        }
        (seen, last_event_id)
    };
    let hops = journal.publish_during(&["a", "other", "b"], within("a hundred hops", hops));
    let (mut seen, last_event_id) = hops.await;
    let mut visit = Visit::start(&server, &path, last_event_id).await;
    let last = journal.publish("a");
    seen.extend(visit.until_id(last).await.events.clone());
    assert_eq!(seen, journal.all(&["a", "b"]));
}
