use std::net::SocketAddr;

use actix_web::http::uri::{Parts, PathAndQuery};
use actix_web::test::TestRequest;

use super::*;

#[test]
fn a_request_keeps_its_head() {
    let peer: SocketAddr = "192.0.2.1:1234".parse().expect("an address");
    let asked = TestRequest::with_uri("/events?last=7")
        .version(Version::HTTP_10)
        .peer_addr(peer)
        .insert_header(("last-event-id", "8"))
        .to_http_request();
    let asked = request(&asked).expect("a request");
    assert_eq!(asked.uri(), "/events?last=7");
    assert_eq!(asked.version(), http::Version::HTTP_10);
    assert_eq!(asked.headers()["last-event-id"], "8");
    assert_eq!(asked.extensions().get(), Some(&peer));
}

#[test]
fn a_uri_of_http2_is_no_more_than_its_parts() {
    let converted = |path: &str| {
        let mut parts = Parts::default();
        parts.scheme = Some("http".parse().expect("a scheme"));
        parts.authority = Some("host".parse().expect("an authority"));
        parts.path_and_query = Some(PathAndQuery::try_from(path).expect("a path"));
        uri(&Uri::from_parts(parts).expect("a uri"))
    };
    let ordinary = converted("/events?last=7").expect("a uri");
    assert_eq!(ordinary, "http://host/events?last=7");
    // Neither may panic; what is no path must not become an authority.
    for odd in ["@evil/", ":x", "*", &format!("/?{}", "x".repeat(65_531))] {
        if let Ok(converted) = converted(odd) {
            assert_eq!(converted.host(), Some("host"), "{odd}");
        }
    }
}
