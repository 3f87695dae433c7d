//! Events and wall at one origin, for a page of another.

use serde_json::json;

use crate::example::Example;
use crate::line::Line;
use crate::stage::Stage;

super::cases! {
    // Plain hyper has nothing that lets others in.
    |place| place.framework != "hyper" => [
        a_page_of_the_other_origin_reads_and_writes_with_credentials,
        a_page_of_any_further_origin_is_kept_out,
    ],
}

async fn a_page_of_the_other_origin_reads_and_writes_with_credentials(stage: &Stage) {
    let home = stage.example().await;
    let away = stage.example_for(home.origin()).await;
    let line = Line::to(away.port()).await;
    let events = format!("{}/events", stage.place.origin(line.port()));
    let page = stage.open(&home.origin()).await;
    // The examples ask for none, but a browser sends what it has. Ports have their cookies in
    // common.
    let () = page.run("document.cookie = arguments[0];", json!("token=secret")).await;

    page.go(&format!("{}/?events={events}", home.origin())).await;
    page.live().await;
    page.write("from abroad").await;
    page.shows_posts(&["from abroad"]).await;
    stage.open(&away.origin()).await.shows_posts(&["from abroad"]).await;

    line.cut();
    let gone = page.until("the loss is told", |view| view.state == "reconnecting").await;
    line.mend();
    page.until("the page comes back", |view| view.reconnects == 1).await;

    for start in ["GET /events", "POST /wall"] {
        let heads = line.heads(start);
        assert!(!heads.is_empty(), "{start}");
        for head in &heads {
            assert_eq!(head.header("cookie"), Some("token=secret"), "{head:?}");
            assert_eq!(head.header("origin"), Some(&*home.origin()), "{head:?}");
        }
    }
    let again = line.heads("GET /events").pop();
    let last_id = again.as_ref().and_then(|head| head.header("last-event-id"));
    assert_eq!(last_id, Some(&*gone.last_id));
}

async fn a_page_of_any_further_origin_is_kept_out(stage: &Stage) {
    let home = stage.example().await;
    let further = stage.example().await;
    let away = stage.example_for(home.origin()).await;
    let events = format!("{}/events", away.origin());
    let open =
        async |from: &Example| stage.open(&format!("{}/?events={events}", from.origin())).await;
    open(&home).await.live().await;

    let page = open(&further).await;
    page.until("the refusal is told", |view| view.state == "reconnecting").await;
    let verdict = "
        const source = new EventSource(arguments[0], { withCredentials: true });
        await new Promise((resolve) => { source.onopen = source.onerror = resolve; });
        return source.readyState === EventSource.CLOSED;";
    let closed: bool = page.run(verdict, json!(events)).await;
    assert!(closed, "it can read what is not for it");
    assert_eq!(page.view().await.events, 0);
}
