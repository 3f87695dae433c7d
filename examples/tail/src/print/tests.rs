use tower_sse_client::EventName;

use super::*;

fn check(printer: Printer, event: Event, expected: &str) {
    assert_eq!(printer.line(&event, "9"), format!("{expected}\n"));
}

fn tick(data: &str) -> Event {
    Event::new(data).with_name(EventName::from_static("tick")).with_id(EventId::from(7))
}

#[test]
fn a_pipe_gets_a_line_of_json_for_each_event() {
    for (event, expected) in [
        (Event::new("a"), r#"{"type":"message","data":"a","lastEventId":"9"}"#),
        (
            tick("a\nb\"\u{1b}"),
            r#"{"type":"tick","data":"a\nb\"\u001b","id":"7","lastEventId":"9"}"#,
        ),
        (
            Event::new("").with_id(EventId::from_static("")),
            r#"{"type":"message","data":"","id":"","lastEventId":"9"}"#,
        ),
    ] {
        check(Printer::Json, event, expected);
    }
}

#[test]
fn people_get_one_line_or_a_block() {
    let plain = Printer::People { coloured: false };
    for (event, expected) in [
        (Event::new("hello"), "message  hello"),
        (Event::new(""), "message"),
        (tick(r#"{"cpu": 3}"#), r#"tick #7  {"cpu": 3}"#),
        (tick("{\n  \"cpu\": 3\n}"), "tick #7\n    {\n      \"cpu\": 3\n    }"),
    ] {
        check(plain, event, expected);
    }
}

#[test]
fn colours_tell_the_name_and_the_id_from_the_data() {
    let coloured = Printer::People { coloured: true };
    check(coloured, tick("a"), "\x1b[1;36mtick\x1b[0m \x1b[2m#7\x1b[0m  a");
}

#[test]
fn a_server_cannot_command_the_terminal() {
    let event = Event::new("\x1b]0;mine\x07\ta\u{9b}2J")
        .with_name(EventName::from_static("\x1b[2J"))
        .with_id(EventId::from_static("\x08"));
    let expected = r"\u{1b}[2J #\u{8}  \u{1b}]0;mine\u{7}TABa\u{9b}2J".replace("TAB", "\t");
    check(Printer::People { coloured: false }, event, &expected);
}
