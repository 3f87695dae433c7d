use super::{Decoded, decode, decode_after};
use crate::cases;

#[test]
fn holds_on_every_case_of_decode_json() {
    let cases = cases::decode();
    assert_eq!(cases.len(), 304, "decode.json has lost or won cases");
    for case in cases {
        let seen = decode_after(&case.initial_last_event_id, &case.input);
        if case.ambiguous.is_some() {
            assert_eq!(seen.events, case.expect.events, "{}", case.name);
        } else {
            let expect = Decoded { comments: case.comments, ..case.expect };
            assert_eq!(seen, expect, "{}", case.name);
        }
        for (bytes, events) in case.prompt {
            assert_eq!(decode(&case.input[..bytes]).events.len(), events, "{}", case.name);
        }
    }
}

#[test]
fn only_terminated_lines_count() {
    assert_eq!(decode(b"data: a\n\ndata: b\n").events.len(), 1);
    assert_eq!(decode(b"data: a\n\ndata: b\n\r").events.len(), 2);
    assert_eq!(decode(b"retry: 5").retry_ms, None);
}
