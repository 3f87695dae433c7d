//! The page comes back by itself.

use serde_json::{Value, json};

use super::everywhere;
use crate::line::Line;
use crate::page::Page;
use crate::stage::Stage;

super::cases! {
    everywhere => [
        the_page_tells_the_gap_when_the_server_was_killed,
        nothing_is_lost_or_doubled_when_the_connection_breaks,
        who_is_refused_comes_in_when_room_is_made,
    ],
}

async fn the_page_tells_the_gap_when_the_server_was_killed(stage: &Stage) {
    let example = stage.example().await;
    let page = stage.open(&example.origin()).await;
    page.live().await;
    page.write("before").await;
    let before = page.shows_posts(&["before"]).await;
    assert_eq!(before.notice, "");

    example.kill();
    let gone = page.until("the loss is told", |view| view.state == "reconnecting").await;
    assert_eq!(gone.posts, before.posts, "they are still what was there");
    example.run().await;
    let told = "The server was started anew, so its wall begins anew.";
    let back = page.until("the gap is told", |view| view.notice == told).await;
    assert_eq!(back.state, "live");
    assert_eq!(back.reconnects, 1);

    // The posts went with the old server, and so did the right to go on from its ids.
    page.write("after").await;
    let after = page.shows_posts(&["after"]).await;
    assert_ne!(run(&after.last_id), run(&before.last_id));
    assert_eq!(run(&after.last_id), run(&after.posts[0].id));

    let moved = page.until("the numbers move", |view| view.events > after.events + 1).await;
    assert_ne!(moved.curves, gone.curves);
    assert_eq!(moved.posts, after.posts, "a post came twice");
    assert_eq!(moved.reconnects, 1);
}

/// The run of the server that has given an id.
fn run(id: &str) -> &str {
    let (run, _) = id.split_once('.').unwrap_or_else(|| panic!("{id:?} is no id of a hub"));
    run
}

async fn nothing_is_lost_or_doubled_when_the_connection_breaks(stage: &Stage) {
    let example = stage.example().await;
    let line = Line::to(example.port()).await;
    let page = stage.open(&stage.place.origin(line.port())).await;
    let writer = stage.open(&example.origin()).await;
    page.live().await;
    let log = Log::of(&writer).await;
    let mut texts = vec!["one"];
    let mut ids = vec![writer.post("one").await.text];
    page.shows_posts(&texts).await;
    let mark = "document.querySelector('#wall li').dataset.marked = '';";
    let () = page.run(mark, Value::Null).await;

    let mut left_at = Vec::new();
    let rounds = [(1, ["two", "three"], "four"), (2, ["five", "six"], "seven")];
    for (reconnects, missed, live) in rounds {
        line.cut();
        let gone = page.until("the loss is told", |view| view.state == "reconnecting").await;
        assert_eq!(gone.notice, "");
        for text in missed {
            ids.insert(0, writer.post(text).await.text);
            texts.insert(0, text);
        }
        let at_least = log.until(&ids[0]).await - log.until(&gone.last_id).await;
        line.mend();

        let back = page.shows_posts(&texts).await;
        assert_eq!(back.reconnects, reconnects);
        ids.insert(0, writer.post(live).await.text);
        texts.insert(0, live);
        // Numbers have come as well: what was missed ends between these two posts.
        let fewer_than = log.until(&ids[0]).await - log.until(&gone.last_id).await;
        let replayed = replayed(&back.notice);
        assert!((at_least..fewer_than).contains(&replayed), "{at_least}..{fewer_than}: {back:#?}");

        let live = page.shows_posts(&texts).await;
        let published = log.until(&live.last_id).await - log.until(&gone.last_id).await;
        // Beside what is published, a `server` and a `resumed`.
        assert_eq!(live.events - gone.events, 2 + published, "{live:#?}");
        left_at.push(gone.last_id);
    }

    let before = page.live().await;
    let after = page.until("the numbers move", |view| view.events > before.events + 1).await;
    assert!(after.posts.iter().map(|post| &post.id).eq(&ids), "not {ids:?}: {after:#?}");
    let marked = "return document.querySelectorAll('[data-marked]').length;";
    let marked: u32 = page.run(marked, Value::Null).await;
    assert_eq!(marked, 1, "what was not missed came again");
    if !stage.place.tls {
        let heads = line.heads("GET /events");
        let asked: Vec<_> = heads.iter().map(|head| head.header("last-event-id")).collect();
        assert_eq!(asked, [None, Some(&*left_at[0]), Some(&*left_at[1])]);
    }
}

/// How many events the page says that it has caught up on.
fn replayed(notice: &str) -> u32 {
    let said = notice
        .strip_prefix("Back again: ")
        .and_then(|rest| rest.strip_suffix(" missed events came after."))
        .and_then(|number| number.parse().ok());
    said.unwrap_or_else(|| panic!("{notice:?} says no number"))
}

/// The ids of all events, in their order, as a page hears them that is never cut off.
struct Log<'a>(&'a Page<'a>);

impl<'a> Log<'a> {
    async fn of(page: &'a Page<'a>) -> Self {
        let listen = "
            window.log = [];
            const source = new EventSource('events');
            for (const name of ['machine', 'traffic', 'post'])
                source.addEventListener(name, (event) => window.log.push(event.lastEventId));";
        let () = page.run(listen, Value::Null).await;
        Self(page)
    }

    /// Waits for an id, and says how many events have come before it.
    async fn until(&self, id: &str) -> u32 {
        let listen = "
            while (!window.log.includes(arguments[0]))
                await new Promise((resolve) => setTimeout(resolve, 20));
            return window.log.indexOf(arguments[0]);";
        self.0.run(listen, json!(id)).await
    }
}

async fn who_is_refused_comes_in_when_room_is_made(stage: &Stage) {
    let example = stage.example_with_room(1).await;
    let inside = stage.open(&example.origin()).await;
    inside.live().await;
    // A page of that origin without a script, which would help an EventSource that has given up.
    let outside = stage.open(&format!("{}/metrics", example.origin())).await;
    let refused = "
        window.source = new EventSource('/events');
        window.told = new Promise((resolve) => source.addEventListener('server', resolve));
        for (let errors = 0; errors < 2; errors++) {
            await new Promise((resolve) => { source.onerror = resolve; });
        }
        const count = (await (await fetch('/metrics')).text()).split('\\n')
            .find((line) => line.startsWith('sse_streams_refused_total{cause=\"full\"}'));
        return [source.readyState === EventSource.CONNECTING, count];";
    let (comes_back, count): (bool, String) = outside.run(refused, Value::Null).await;
    assert!(comes_back, "it has given up");
    assert_eq!(count, "sse_streams_refused_total{cause=\"full\"} 2");

    inside.close().await;
    let told = "return JSON.parse((await window.told).data).framework;";
    let framework: String = outside.run(told, Value::Null).await;
    assert_eq!(framework, stage.place.framework);
}
