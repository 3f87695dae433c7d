use http::{HeaderMap, HeaderValue};

use super::preferred;
use crate::Encoding::{self, Gzip, Zstd};

#[track_caller]
fn check(headers: &[&[u8]], expected: Option<Encoding>) {
    let mut map = HeaderMap::new();
    for value in headers {
        map.append("accept-encoding", HeaderValue::from_bytes(value).expect("a header"));
    }
    assert_eq!(preferred(&map, &[Zstd, Gzip]), expected);
}

#[test]
fn the_best_of_what_is_offered_is_taken() {
    check(&[], None);
    check(&[b""], None);
    check(&[b"gzip"], Some(Gzip));
    check(&[b"GZip"], Some(Gzip));
    check(&[b"x-gzip"], Some(Gzip));
    check(&[b"gzip, deflate, br, zstd"], Some(Zstd));
    check(&[b"gzip", b"zstd"], Some(Zstd));
    check(&[b"gzip;q=1.0, zstd;q=0.5"], Some(Gzip));
    check(&[b"gzip ; q=0.4 ,zstd; Q=0.401"], Some(Zstd));
    check(&[b"br, deflate"], None);
    check(&[b"*"], Some(Zstd));
    check(&[b"*;q=0.1, zstd;q=0"], Some(Gzip));
    check(&[b"*;q=0"], None);
    check(&[b"*;q=0, gzip"], Some(Gzip));
}

#[test]
fn identity_by_name_is_weighed_too() {
    check(&[b"identity"], None);
    check(&[b"identity, gzip"], Some(Gzip));
    check(&[b"identity;q=1, gzip;q=0.5"], None);
    check(&[b"identity;q=0.5, gzip;q=0.5"], Some(Gzip));
    check(&[b"identity;q=0, gzip"], Some(Gzip));
    // Nothing that is offered is taken, and there is no better answer than the stream as it is.
    check(&[b"identity;q=0"], None);
    check(&[b"identity;q=0, *;q=0"], None);
}

#[test]
fn what_cannot_be_read_is_not_taken() {
    for bad in [
        &b"gzip;q=2"[..],
        b"gzip;q=1.001",
        b"gzip;q=2, gzip",
        b"gzip;q=-1",
        b"gzip;q=0.1234",
        b"gzip;q=",
        b"gzip;q",
        b"gzip;",
        b"gzip;q=0.5;q=1",
        b"gzip;level=9",
        b"gzip;q=NaN",
        b"gz\xFFip",
        b";q=1",
        b",,,;;;===",
        b"gzip q=1",
        b"gzip;q=1, gzip;q=0",
    ] {
        check(&[bad], None);
    }
    check(&[b"\xFF\xFE, gzip"], Some(Gzip));
    check(&[b"gzip;q=2, *"], Some(Zstd));
    check(&[&b"gzip,".repeat(300)], None);
}
