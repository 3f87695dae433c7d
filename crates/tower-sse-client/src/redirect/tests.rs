use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::Target;
use crate::error::Redirect;

fn follow(from: &str, location: &[u8]) -> Result<Target, Redirect> {
    let mut target = Target::new(from.parse().expect("an address"), Method::GET);
    let mut headers = HeaderMap::new();
    headers.insert("location", HeaderValue::from_bytes(location).expect("a header value"));
    target.follow(StatusCode::FOUND, &headers).map(|()| target)
}

#[test]
fn resolves_locations() {
    let to = |location: &str| {
        let target = follow("http://a.example/dir/page?q#", location.as_bytes());
        target.map(|target| target.uri.to_string())
    };
    for (location, uri) in [
        ("other", "http://a.example/dir/other"),
        ("../up?x=1#part", "http://a.example/up?x=1"),
        ("/root", "http://a.example/root"),
        ("?q=2", "http://a.example/dir/page?q=2"),
        ("//b.example/x", "http://b.example/x"),
        ("https://b.example:8443/x", "https://b.example:8443/x"),
        ("HTTPS://b.example", "https://b.example/"),
        ("/x?f[]=1&g=a|b^c", "http://a.example/x?f%5B%5D=1&g=a%7Cb%5Ec"),
        ("/x y", "http://a.example/x%20y"),
        ("/café?%20", "http://a.example/caf%C3%A9?%20"),
        ("?to=http://[x]/", "http://a.example/dir/page?to=http://%5Bx%5D/"),
        ("http://[::1]:81/a[b]", "http://[::1]:81/a%5Bb%5D"),
    ] {
        assert_eq!(to(location).as_deref(), Ok(uri), "{location}");
    }
    assert_eq!(to(""), Err(Redirect::NoLocation));
    for location in
        ["ftp://b.example/", "javascript:alert(1)", "mailto:a@b.example", "http://", "http://a b/"]
    {
        assert_eq!(to(location), Err(Redirect::NoTarget), "{location}");
    }
    let odd = follow("http://a.example/", b"/\xFF").map(|target| target.uri.to_string());
    assert_eq!(odd.as_deref(), Ok("http://a.example/%FF"));
    let base = follow("http://a.example/x?q=[1]|2", b"https://a.example/y")
        .map(|target| target.uri.to_string());
    assert_eq!(base.as_deref(), Ok("https://a.example/y"));
    let mut target = Target::new("http://a.example/".parse().expect("an address"), Method::GET);
    assert_eq!(target.follow(StatusCode::FOUND, &HeaderMap::new()), Err(Redirect::NoLocation));
}

#[test]
fn knows_another_origin() {
    let is_foreign = |from, to: &str| follow(from, to.as_bytes()).expect("an address").is_foreign;
    assert!(!is_foreign("http://a.example/x", "http://A.example:80/y"));
    assert!(!is_foreign("https://a.example:443/x", "https://a.example/y"));
    assert!(is_foreign("http://a.example/", "https://a.example/"));
    assert!(is_foreign("http://a.example/", "http://a.example:81/"));
    assert!(is_foreign("http://a.example/", "http://b.a.example/"));
    assert!(is_foreign("http://a.example/", "//b.example/"));
}

#[test]
fn another_origin_sees_no_secret_not_even_after_the_way_back() {
    let mut target = follow("http://a.example/", b"http://b.example/").expect("an address");
    let mut headers = HeaderMap::new();
    headers.insert("location", HeaderValue::from_static("http://a.example/"));
    target.follow(StatusCode::FOUND, &headers).expect("an address");
    assert!(target.is_foreign);

    let mut headers = HeaderMap::new();
    for name in ["accept", "authorization", "cookie", "last-event-id", "x-api-key", "user-agent"] {
        headers.insert(name, HeaderValue::from_static("x"));
    }
    target.restrict(&mut headers);
    let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "user-agent"]);
}

#[test]
fn the_method_changes_as_in_browsers() {
    let after = |status, method: Method| {
        let mut target = Target::new("http://a.example/".parse().expect("an address"), method);
        let mut headers = HeaderMap::new();
        headers.insert("location", HeaderValue::from_static("/x"));
        let status = StatusCode::from_u16(status).expect("a status");
        target.follow(status, &headers).expect("an address");
        (target.method, target.is_bare)
    };
    for status in [301, 302, 303] {
        assert_eq!(after(status, Method::POST), (Method::GET, true));
    }
    for status in [307, 308] {
        assert_eq!(after(status, Method::POST), (Method::POST, false));
    }
    assert_eq!(after(301, Method::PUT), (Method::PUT, false));
    assert_eq!(after(303, Method::PUT), (Method::GET, true));
    assert_eq!(after(303, Method::HEAD), (Method::HEAD, false));
}
