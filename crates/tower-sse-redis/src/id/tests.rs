use tower_sse_hub::Position;

use super::{read, write};

#[test]
fn ids_are_positions() {
    for (id, first, second) in [
        ("0-0", 0, 0),
        ("1795332765641-0", 1_795_332_765_641, 0),
        ("1795332765641-12", 1_795_332_765_641, 12),
        ("18446744073709551615-18446744073709551615", u64::MAX, u64::MAX),
    ] {
        let position = Position::new(first, second);
        assert_eq!(write(position), id);
        assert_eq!(read(id.as_bytes()), Some(position));
    }
}

#[test]
fn what_is_no_id_is_none() {
    for text in ["", "-", "1", "1-", "-1", "1-2-3", "a-b", "18446744073709551616-0", "\u{fc}-1"] {
        assert_eq!(read(text.as_bytes()), None, "{text:?}");
    }
}
