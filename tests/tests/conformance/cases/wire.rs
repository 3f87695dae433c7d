//! Every value in every field, through the socket and the oracle.

use conformance::cases::{self, EncodeCase};
use conformance::oracle::{self, Dispatched};
use futures_util::{StreamExt as _, stream};
use tower_sse::{Encoded, Event, EventId, EventName, Sse};

use super::{cases, streams};
use crate::server::Server;
use crate::streams::{event, events};

cases! {
    streams => [
        every_case_of_encode_json_comes_back,
        line_ends_and_unicode_come_back_from_every_field,
        empty_data_is_dispatched,
    ],
}

async fn every_case_of_encode_json_comes_back(server: Server) {
    for case in cases::encode() {
        let event = written(&case);
        assert_eq!(event.is_none(), case.refused().is_some(), "{}", case.name);
        let Some(event) = event else {
            continue;
        };
        let encoded = Encoded::from(&event);
        let path = server.events(move |_| Sse::new(events([event.clone()])));
        case.check(&server.get(&path).await.body().await);
        let path = server.encoded(move |_| Sse::new(stream::iter([encoded.clone()]).boxed()));
        case.check(&server.get(&path).await.body().await);
    }
}

/// The event of a case; none when a constructor refuses a part of it.
fn written(case: &EncodeCase) -> Option<Event> {
    let input = case.input.clone();
    let mut event = Event::default();
    if let Some(data) = input.data {
        event = event.with_data(data);
    }
    if let Some(name) = input.event {
        event = event.with_name(EventName::new(name).ok()?);
    }
    if let Some(id) = input.id {
        event = event.with_id(EventId::new(id).ok()?);
    }
    if let Some(comment) = input.comment {
        event = event.with_comment(comment);
    }
    if let Some(retry) = case.input.retry().ok()? {
        event = event.with_retry(retry);
    }
    Some(event)
}

async fn line_ends_and_unicode_come_back_from_every_field(server: Server) {
    let odd = [
        "\n",
        "\r",
        "\r\n",
        "\n\r",
        "\r\r\n\n",
        "\0",
        "\u{B}",
        "\u{C}",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\u{FEFF}",
        "\u{FFFD}",
        "\u{10FFFF}",
        " ",
        "\t",
        ":",
        "data: x",
        "id",
        "é",
        "☃",
        "👩‍👩‍👧‍👦",
    ];
    let texts: Vec<String> = odd
        .iter()
        .flat_map(|odd| {
            [(*odd).to_owned(), format!("{odd}x"), format!("x{odd}"), format!("x{odd}{odd}y")]
        })
        .collect();
    let field = |text: &String, forbidden: &[char]| text.replace(forbidden, "");
    let name = |text| field(text, &['\r', '\n']);
    let id = |text| field(text, &['\r', '\n', '\0']);
    let sent: Vec<Event> = texts
        .iter()
        .map(|text| {
            event(text)
                .with_name(EventName::new(name(text)).expect("it has no line end"))
                .with_id(EventId::new(id(text)).expect("it has no line end and no NUL"))
                .with_comment(text)
        })
        .collect();
    let path = server.events(move |_| Sse::new(events(sent.clone())));
    let seen = oracle::decode(&server.get(&path).await.body().await);

    let lines = |text: &String| text.replace("\r\n", "\n").replace('\r', "\n");
    let expected: Vec<_> = texts
        .iter()
        .map(|text| {
            let name = Some(name(text)).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "message".to_owned());
            Dispatched { name, data: lines(text), id: id(text) }
        })
        .collect();
    assert_eq!(seen.events, expected);
    assert_eq!(seen.retry_ms, None);
    let comments: Vec<_> = texts
        .iter()
        .flat_map(|text| lines(text).split('\n').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let stripped: Vec<_> = seen.comments.iter().map(|c| c.strip_prefix(' ').unwrap_or(c)).collect();
    assert_eq!(stripped, comments);
}

async fn empty_data_is_dispatched(server: Server) {
    let path = server.events(|_| Sse::new(events([event(""), Event::default(), event("")])));
    let seen = oracle::decode(&server.get(&path).await.body().await);
    let data: Vec<_> = seen.events.iter().map(|event| &*event.data).collect();
    assert_eq!(data, ["", ""]);
}
