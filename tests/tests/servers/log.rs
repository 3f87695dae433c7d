//! What every server has to tell, in the words of one who only reads it.

use tower_sse_client::{Event, EventId};

/// Checks that this is the event number `n`, whatever the server's way to write it.
///
/// # Panics
/// If it is not.
pub(crate) fn check(event: &Event, n: u64, is_json: bool) {
    let data = event.data().expect("the stream leaves out what has no data");
    let text = match is_json {
        true => serde_json::from_str(data).expect("the data is JSON"),
        false => data.to_owned(),
    };
    let name = if n % 2 == 1 { "odd" } else { "message" };
    let seen = (event.id().map(EventId::as_str), event.event_type(), text);
    assert_eq!(seen, (Some(&*n.to_string()), name, expected(n)));
}

fn expected(n: u64) -> String {
    let mut text = format!(r#" {n} "two" 'one' \ &amp;"#);
    if n % 3 >= 1 {
        text += &format!("\n\nid: {n}\n: no comment");
    }
    if n % 3 == 2 {
        text += &format!("\n\t{{\"n\":{n}}} \u{e4} \u{1F600} \u{2028}\u{85}\u{b}\0.");
    }
    text
}
