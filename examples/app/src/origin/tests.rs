use super::*;

#[test]
fn an_origin_has_a_scheme_and_a_host_and_nothing_after_that() {
    for text in ["http://a", "https://a.example:8443", "http://127.0.0.1:3000", "http://[::1]:80"] {
        assert_eq!(Origin::parse(text).as_ref().map(Origin::as_str), Some(text));
    }
    for text in [
        "",
        "*",
        "null",
        "a",
        "http://",
        "http://a/",
        "http://a/b",
        "http://a?b",
        "//a",
        "http://ä",
    ] {
        assert!(Origin::parse(text).is_none(), "{text}");
    }
}
