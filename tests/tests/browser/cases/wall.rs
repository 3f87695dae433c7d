//! Texts on the wall.

use super::everywhere;
use crate::page::Answer;
use crate::stage::Stage;

super::cases! {
    everywhere => [
        a_post_appears_in_every_tab_as_it_was_written,
        a_post_has_at_most_1_000_characters,
        a_page_that_is_closed_and_opened_again_shows_the_whole_wall,
    ],
}

async fn a_post_appears_in_every_tab_as_it_was_written(stage: &Stage) {
    let example = stage.example().await;
    let writer = stage.open(&example.origin()).await;
    let reader = stage.open(&example.origin()).await;
    for page in [&writer, &reader] {
        page.live().await;
    }

    let text = r#"<b>bold</b> &amp; "é☃ <img src=x>"#;
    writer.write(text).await;
    let read = reader.shows_posts(&[text]).await;
    assert_eq!(read.posts[0].elements, [""; 0], "markup is text");
    assert_eq!(writer.shows_posts(&[text]).await.posts, read.posts);

    reader.write("and back").await;
    for page in [&writer, &reader] {
        page.shows_posts(&["and back", text]).await;
    }
    let late = stage.open(&example.origin()).await;
    late.shows_posts(&["and back", text]).await;
}

async fn a_post_has_at_most_1_000_characters(stage: &Stage) {
    let example = stage.example().await;
    let page = stage.open(&example.origin()).await;
    page.live().await;

    // Two UTF-16 units and four bytes each.
    let full = "🦀".repeat(1_000);
    let over = full.clone() + "!";
    page.paste(&full).await;
    page.until("the form takes 1,000", |view| view.can_send && view.count == "1,000 of 1,000")
        .await;
    page.paste(&over).await;
    page.until("the form refuses 1,001", |view| !view.can_send).await;

    let reason = "the text is longer than 1,000 characters".to_owned();
    assert_eq!(page.post(&over).await, Answer { status: 413, text: reason });
    let posted = page.post(&full).await;
    assert_eq!(posted.status, 201, "{posted:?}");
    let shown = page.shows_posts(&[&full]).await;
    assert_eq!(shown.posts[0].id, posted.text);
}

async fn a_page_that_is_closed_and_opened_again_shows_the_whole_wall(stage: &Stage) {
    // As many as are shown to a page that is new.
    let texts: Vec<_> = (1..=50).map(|number| format!("post {number}")).collect();
    let mut newest_first: Vec<_> = texts.iter().rev().map(String::as_str).collect();

    let example = stage.example().await;
    let writer = stage.open(&example.origin()).await;
    let page = stage.open(&example.origin()).await;
    for text in &texts[..40] {
        writer.post(text).await;
    }
    page.shows_posts(&newest_first[10..]).await;
    page.close().await;
    for text in &texts[40..] {
        writer.post(text).await;
    }

    let page = stage.open(&example.origin()).await;
    let whole = page.shows_posts(&newest_first).await;
    assert_eq!(whole.notice, "", "a page that is new has missed nothing");
    assert_eq!(whole.posts, writer.shows_posts(&newest_first).await.posts);

    writer.post("and on").await;
    newest_first.insert(0, "and on");
    let first = page.shows_posts(&newest_first).await;
    let moved = page.until("the numbers move", |view| view.events > first.events + 1).await;
    assert_eq!(moved.posts, first.posts, "a post came twice");
}
