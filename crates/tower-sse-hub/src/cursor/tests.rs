use tower_sse_codec::EventId;

use super::Cursor;
use crate::{Mark, Position};

fn parse(text: &str) -> Option<Mark> {
    let id = EventId::new(text).expect("an id");
    Cursor::parse(&id).map(|cursor| cursor.mark)
}

#[test]
fn reads_what_it_writes() {
    for position in [(0, 0), (7, 0), (u64::MAX, 0), (1_795_332_765_641, 3)]
        .map(|(first, second)| Position::new(first, second))
    {
        for check in [0, 1, 0x1f, u32::MAX] {
            let mark = Mark { position, check };
            let id = Cursor { tag: "k3v9x1", mark }.id();
            assert!(id.as_str().len() <= 128);
            assert!(
                id.as_str()
                    .bytes()
                    .all(|byte| b"0123456789abcdefghijklmnopqrstuvwxyz.-~".contains(&byte))
            );
            assert_eq!(Cursor::parse(&id), Some(Cursor { tag: "k3v9x1", mark }), "{id}");
        }
    }
}

#[test]
fn what_is_written_in_another_way_is_somebody_elses() {
    assert!(parse("a.1~00000002").is_some());
    let odd = [
        "",
        "1",
        "a.1",
        "a.~00000002",
        ".1~",
        "a.1~2",
        "a.1~0000000A",
        "a.01~00000002",
        "a.+1~00000002",
        "a.1-0~00000002",
        "a.1~00000002 ",
        "a.-1~00000002",
        "a.1~000000002",
        "a.18446744073709551616~00000002",
        "a.1-~00000002",
        "a.1~00000002~00000002",
        "\u{e9}",
    ];
    for text in odd {
        assert_eq!(parse(text), None, "{text}");
    }
    assert_eq!(parse(&format!("{}.1~00000002", "a".repeat(200))), None);
}
