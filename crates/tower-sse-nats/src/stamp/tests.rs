//! Times are read as servers write them.

use super::Stamp;

#[test]
fn reads_times() {
    for (text, nanos) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
        ("2000-03-01T00:00:00.000000001Z", 951_868_800_000_000_001),
        ("2026-11-26T17:13:44.123456789Z", 1_795_713_224_123_456_789),
        ("2100-12-31T23:59:59Z", 4_133_980_799_000_000_000),
    ] {
        assert_eq!(Stamp::parse(text), Some(Stamp(nanos)), "{text}");
    }
}

#[test]
fn reads_nothing_else() {
    for text in [
        "",
        "0001-01-01T00:00:00Z",
        "2026-11-26T17:13:44+01:00",
        "2026-13-26T17:13:44Z",
        "2026-11-26T17:13Z",
        "2026-11-26 17:13:44Z",
        "2026-11-26T17:13:44.1234567890Z",
        "2026-11-26T17:13:44.-1Z",
    ] {
        assert_eq!(Stamp::parse(text), None, "{text}");
    }
}

#[test]
fn checks_tell_times_apart() {
    let (one, two) = (Stamp(1_795_713_224_123_456_789), Stamp(1_795_713_224_123_456_790));
    assert_ne!(one.check(), two.check());
    assert_eq!(Stamp(0).check(), 1);
}
