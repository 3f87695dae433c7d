//! Texts on the wall.

use super::everywhere;
use crate::page::Answer;
use crate::stage::Stage;

super::cases! {
    everywhere => [
        a_post_appears_in_every_tab_as_it_was_written,
        a_post_has_at_most_1_000_characters,
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
    assert_eq!(read.last_id, read.posts[0].id);
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
