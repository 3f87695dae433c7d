use std::time::Duration;

use redis::{Arg, Cmd, Value};
use tower_sse_hub::log::{Content, NewEntry};
use tower_sse_hub::{Event, EventName, Mark, Position, TopicName};

use super::{read, write};
use crate::reply::Raw;

const POSITION: Position = Position::new(1_795_332_765_641, 2);

fn written(content: Content) -> Vec<Vec<u8>> {
    let topic = TopicName::new("news").expect("it is short");
    let mut command = Cmd::new();
    write(&mut command, 7, &NewEntry::new(topic, content, None)).expect("it is known");
    let bytes = |arg| match arg {
        Arg::Simple(bytes) => Vec::from(bytes),
        _ => panic!("{arg:?} is no text"),
    };
    command.args_iter().map(bytes).collect()
}

fn raw<T: Into<Vec<u8>>>(fields: impl IntoIterator<Item = T>) -> Raw {
    let fields = fields.into_iter().map(|field| Value::BulkString(field.into())).collect();
    Raw { position: POSITION, fields }
}

#[test]
fn what_is_written_is_read() {
    let name = EventName::new("tick").expect("it has no line break");
    for content in [
        Content::End,
        Content::Event(Event::default()),
        Content::Event(Event::new("")),
        Content::Event(Event::default().with_comment("")),
        Content::Event(Event::default().with_retry(Duration::ZERO)),
        Content::Event(
            Event::new("a\r\n\0b").with_name(name).with_retry(Event::MAX_RETRY).with_comment("c"),
        ),
    ] {
        let (mark, entry) = read(raw(written(content.clone())));
        let entry = entry.expect("it was just written");
        assert_eq!((entry.content, entry.mark), (content, mark));
        assert_eq!(mark, Mark { position: POSITION, check: 7 });
    }
}

#[test]
fn fields_always_have_the_same_names_in_the_same_order() {
    let names = |content| written(content).into_iter().step_by(2).collect::<Vec<_>>().concat();
    assert_eq!(names(Content::End), b"vckterxd");
    assert_eq!(names(Content::Event(Event::new("data"))), b"vckterxd");
}

#[test]
fn what_was_written_otherwise_is_nobodys() {
    let good = || written(Content::Event(Event::new("data").with_comment("c")));
    let changed = |name: &str, value: &[u8]| {
        let mut fields = good();
        let at = fields.iter().step_by(2).position(|field| field == name.as_bytes());
        fields[at.expect("there is one") * 2 + 1] = value.into();
        raw(fields)
    };
    for (name, value) in [
        ("v", b"2".as_slice()),
        ("v", b""),
        ("c", b""),
        ("c", b"0"),
        ("c", b"-1"),
        ("c", b"4294967296"),
        ("k", b"dz"),
        ("t", b"\xff"),
        ("t", &[b'x'; 257]),
        ("e", b"a\nb"),
        ("r", b"1.5"),
        ("r", b"-1"),
        ("x", b"\xff"),
        ("d", b"\xff"),
    ] {
        let (mark, entry) = read(changed(name, value));
        assert!(entry.is_none(), "{name} = {value:?}");
        assert_eq!(mark.position, POSITION);
    }
    for fields in [&[][..], &["v"], &["hello", "world"], &["v", "1"]] {
        let (mark, entry) = read(raw(fields.iter().copied()));
        assert!(entry.is_none() && mark.check == 0, "{fields:?}");
    }
}

#[test]
fn a_newer_version_keeps_its_check_and_may_have_more_fields() {
    let mut fields = written(Content::End);
    fields.extend([b"new".to_vec(), b"1".to_vec()]);
    assert!(read(raw(fields.clone())).1.is_some());
    fields[1] = b"2".to_vec();
    let (mark, entry) = read(raw(fields));
    assert!(entry.is_none());
    assert_eq!(mark.check, 7);
}
