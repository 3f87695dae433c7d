//! The page comes back by itself.

use serde_json::Value;

use super::everywhere;
use crate::line::Line;
use crate::stage::Stage;

super::cases! {
    everywhere => [
        the_page_comes_back_when_the_server_was_killed,
        no_post_is_lost_or_doubled_when_the_connection_breaks,
    ],
}

async fn the_page_comes_back_when_the_server_was_killed(stage: &Stage) {
    let example = stage.example().await;
    let page = stage.open(&example.origin()).await;
    page.live().await;
    page.write("before").await;
    let before = page.shows_posts(&["before"]).await;
    assert_eq!(before.last_id, before.posts[0].id);

    example.kill();
    let gone = page.until("the loss is told", |view| view.state == "reconnecting").await;
    example.run().await;
    let back = page.until("the page comes back", |view| view.state == "live").await;
    assert_eq!(back.reconnects, 1);

    // The posts went with the old server; the last event id tells the new one that this page
    // still shows them.
    page.write("after").await;
    let after = page.shows_posts(&["after"]).await;
    assert_eq!(after.last_id, after.posts[0].id);
    assert_ne!(after.last_id, before.last_id);

    let moved = page.until("the numbers move", |view| view.events > after.events + 1).await;
    assert_ne!(moved.curves, gone.curves);
    assert_eq!(moved.posts, after.posts, "a post came twice");
    assert_eq!(moved.reconnects, 1);
}

async fn no_post_is_lost_or_doubled_when_the_connection_breaks(stage: &Stage) {
    let example = stage.example().await;
    let line = Line::to(example.port()).await;
    let page = stage.open(&stage.place.origin(line.port())).await;
    let writer = stage.open(&example.origin()).await;
    page.live().await;
    let mut texts = vec!["one"];
    let mut ids = vec![writer.post("one").await.text];
    page.shows_posts(&texts).await;
    let mark = "document.querySelector('#wall li').dataset.marked = '';";
    let () = page.run(mark, Value::Null).await;

    for (reconnects, missed) in [(1, ["two", "three"]), (2, ["four", "five"])] {
        line.cut();
        page.until("the loss is told", |view| view.state == "reconnecting").await;
        for text in missed {
            ids.insert(0, writer.post(text).await.text);
            texts.insert(0, text);
        }
        line.mend();
        let back = page.shows_posts(&texts).await;
        assert_eq!(back.reconnects, reconnects);
        assert_eq!(back.last_id, ids[0]);
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
        assert_eq!(asked, [None, Some(&*ids[4]), Some(&*ids[2])]);
    }
}
