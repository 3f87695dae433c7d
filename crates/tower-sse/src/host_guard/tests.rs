use http::Request;

use super::*;

fn check(guard: &HostGuard, host: &str, origin: Option<&str>, expected: bool) {
    let mut request = Request::get("/").header(HOST, host);
    if let Some(origin) = origin {
        request = request.header(ORIGIN, origin);
    }
    let request = request.body(()).expect("a request").into_parts().0;
    assert_eq!(guard.allows(&request), expected, "{host} from {origin:?}");
}

#[test]
fn loopback_has_some_names_and_no_others() {
    let guard = HostGuard::loopback();
    for host in ["localhost", "LocalHost:3000", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:80"] {
        check(&guard, host, None, true);
    }
    for host in [
        "",
        "rebound.example",
        "localhost.rebound.example",
        "127.0.0.1.rebound.example:3000",
        "rebound.example:127",
        "10.0.0.1",
        "0.0.0.0",
        "[::]",
        "[::1",
        "localhost rebound.example",
    ] {
        check(&guard, host, None, false);
    }
}

#[test]
fn pages_of_other_sites_are_not_let_in() {
    let guard = HostGuard::loopback().with_origin("https://app.example");
    for origin in ["http://localhost:8080", "http://127.0.0.1", "https://app.example"] {
        check(&guard, "localhost", Some(origin), true);
    }
    for origin in
        ["null", "", "https://rebound.example", "https://app.example:444", "localhost\u{e4}"]
    {
        check(&guard, "localhost", Some(origin), false);
    }
}

#[test]
fn names_may_be_added() {
    let guard = HostGuard::loopback().with_host("sse.internal");
    check(&guard, "SSE.internal:8443", None, true);
    check(&guard, "other.internal", None, false);
}

#[test]
fn every_name_of_a_request_counts_and_one_must_be_there() {
    let guard = HostGuard::loopback();
    let ask = |request: http::request::Builder| {
        guard.allows(&request.body(()).expect("a request").into_parts().0)
    };
    assert!(!ask(Request::get("/")));
    assert!(ask(Request::get("http://localhost/")));
    assert!(!ask(Request::get("http://localhost/").header(HOST, "rebound.example")));
    assert!(!ask(Request::get("http://rebound.example/").header(HOST, "localhost")));
    assert!(!ask(Request::get("/").header(HOST, "localhost").header(HOST, "rebound.example")));
}
