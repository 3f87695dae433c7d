//! Which streams can be a log.

use async_nats::jetstream::stream::{Config, RetentionPolicy};

use super::{check, covers};
use crate::settings::Settings;

#[test]
fn a_pattern_covers_what_it_matches() {
    for (pattern, other, expected) in [
        ("sse.*", "sse.*", true),
        ("sse.>", "sse.*", true),
        (">", "sse.*", true),
        ("*.*", "sse.*", true),
        ("*.>", "a.b.*", true),
        ("sse.a", "sse.*", false),
        ("sse", "sse.*", false),
        ("sse.*.*", "sse.*", false),
        ("sse.*.>", "sse.*", false),
        ("other.*", "sse.*", false),
    ] {
        assert_eq!(covers(pattern, other), expected, "{pattern} {other}");
    }
}

#[test]
fn a_stream_with_holes_is_no_log() {
    let settings = Settings::new();
    let good = settings.config();
    assert!(check(&good, &settings).is_ok());
    for bad in [
        Config { max_messages_per_subject: 1, ..good.clone() },
        Config { retention: RetentionPolicy::Interest, ..good.clone() },
        Config { retention: RetentionPolicy::WorkQueue, ..good.clone() },
        Config { no_ack: true, ..good.clone() },
        Config { subjects: vec!["sse.news".into()], ..good.clone() },
    ] {
        assert!(check(&bad, &settings).is_err(), "{bad:?}");
    }
}
