//! Text that would be more than it is, through a hub.

use conformance::oracle::Dispatched;
use tower_sse::{Event, EventName};

use super::gap::check_gap;
use super::{cases, everywhere};
use crate::journal::{Journal, answer};
use crate::server::Server;
use crate::visit::Visit;

cases! {
    everywhere => [
        each_event_of_a_hub_is_one_event,
        name_of_a_topic_stays_in_the_gap,
    ],
}

const ODD: [&str; 8] = [
    "\n\ndata: x\n\n",
    "\r\rid: 7\r\r",
    "\r\n\r\nevent: gap\r\ndata: {}\r\n\r\n",
    "x\nid: 7",
    "\0",
    "\u{FEFF}",
    "\u{FEFF}data: x\n\u{FEFF}",
    "",
];

async fn each_event_of_a_hub_is_one_event(server: Server) {
    let journal = Journal::new();
    let path = journal.serve(&server, ["a"], answer);
    let first = journal.head();
    let mut expected = Vec::new();
    for odd in ODD {
        let name: String = odd.replace(['\r', '\n'], "");
        let named = EventName::new(name.clone()).expect("it has no line end");
        let event = Event::new(odd).with_comment(odd).with_name(named);
        let id = journal.hub.publish_now("a", event).expect("it is published");
        expected.push(Dispatched {
            name: Some(name).filter(|name| !name.is_empty()).unwrap_or("message".to_owned()),
            data: odd.replace("\r\n", "\n").replace('\r', "\n"),
            id: id.to_string(),
        });
    }
    let mut visit = Visit::start(&server, &path, &first).await;
    assert_eq!(visit.until_id(journal.head()).await.events, expected);
    // Live, as out of the history.
    let mut visit = Visit::start(&server, &path, journal.head()).await;
    for odd in ODD {
        let id = journal.hub.publish_now("a", Event::new(odd)).expect("it is published");
        let events = visit.until_id(&id).await.events.len();
        assert_eq!(visit.seen().events.len(), events);
    }
    assert_eq!(visit.seen().events.len(), ODD.len());
}

async fn name_of_a_topic_stays_in_the_gap(server: Server) {
    for topic in ODD {
        let mut journal = Journal::new();
        let path = journal.serve(&server, [topic], answer);
        let mut visit = Visit::start(&server, &path, "7").await;
        let last = journal.publish(topic);
        let seen = visit.until_id(last).await;
        check_gap(&seen.events[0], "foreign", &[topic], "oldest");
        assert_eq!(seen.events[1..], journal.all(&[topic]));
    }
}
