//! Any text comes back, and nothing else is taken.

use super::{escape, unescape};

#[test]
fn any_text_is_one_token() {
    for (text, token) in [
        ("", "="),
        ("news", "news"),
        ("a.b", "a=2Eb"),
        ("*", "=2A"),
        ("a =>", "a=20=3D=3E"),
        ("ü", "=C3=BC"),
        ("\r\n\0", "=0D=0A=00"),
    ] {
        assert_eq!(escape(text), token);
        assert_eq!(unescape(token).as_deref(), Some(text));
    }
}

#[test]
fn what_was_not_made_here_is_no_token() {
    for token in ["", "a.b", "=4", "=41", "=2e", "==", "a=", "=+1", "=FF", "=é", "ü", "a b"] {
        assert_eq!(unescape(token), None, "{token:?}");
    }
}
