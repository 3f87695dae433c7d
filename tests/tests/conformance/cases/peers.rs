//! Peers that stall or vanish, and how long it takes until their streams are free.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use conformance::client::{Exchange, Protocol, Request};
use conformance::within;
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tower_sse::{KeepAlive, OpenStream, Reason, Sse, Streams, set_peer_timeout};

use super::{Case, cases, lag, mounts};
use crate::castaway::Castaway;
use crate::island::Island;
use crate::place::{Place, Route};
use crate::scenarios::{Answer, Fallible};
use crate::server::Server;
use crate::streams::{admitted, event, pending};

cases! {
    |place| mounts(place) && place.protocol == Protocol::H1 => [
        a_peer_that_reads_nothing_is_given_up,
        a_peer_that_leaves_bytes_behind_its_request_is_given_up,
        a_peer_that_ends_its_half_is_given_up_when_it_is_gone,
        a_peer_that_takes_a_little_now_and_then_is_not_given_up,
    ],
    // Some hosts read a hub once for all who get the same, where the route lets them.
    |place| place.route == Route::Native && place.protocol == Protocol::H1 => [
        a_peer_that_reads_nothing_is_given_up_and_who_gets_the_same_is_not,
    ],
    |place| mounts(place) && place.protocol == Protocol::H2 => [
        a_peer_that_opens_no_window_goes_with_the_server,
    ],
    mounts => [
        a_silent_peer_whose_power_goes_off_is_given_up,
        a_busy_peer_whose_power_goes_off_is_given_up,
    ],
}

/// Whether this takes what the machine does not have.
pub(super) fn is_skipped(case: &Case) -> bool {
    case.name.contains("power_goes_off") && !Island::can_be_had()
}

/// The shortest that there is.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often something is written, where only that tells.
const BEAT: Duration = Duration::from_millis(200);
/// What a busy machine takes for nothing.
const SLACK: Duration = Duration::from_secs(1);

fn silent() -> Answer<Fallible> {
    Sse::new(pending()).without_keep_alive()
}

fn beating() -> Answer<Fallible> {
    Sse::new(pending()).with_keep_alive(KeepAlive::every(BEAT))
}

/// Long after a connection without a sign of life was given up.
fn beating_rarely() -> Answer<Fallible> {
    Sse::new(pending()).with_keep_alive(KeepAlive::every(TIMEOUT + 2 * SLACK))
}

/// More than any host or system takes ahead of a reader.
fn endless() -> Answer<Fallible> {
    Sse::new(stream::repeat_with(|| Ok(event("x".repeat(60_000)))).boxed())
}

fn serve(server: &Server, answer: fn() -> Answer<Fallible>) -> (Streams, String) {
    set_peer_timeout(server.listener(), TIMEOUT).expect("the system takes it");
    let streams = Streams::new();
    let path = server.events(admitted(&streams, answer));
    (streams, path)
}

/// The stream of a peer that has failed ends within `bound`.
async fn check_freed(server: &Server, what: &str, stream: OpenStream, bound: Duration) {
    let start = Instant::now();
    let reason = within("the end of a stream that nobody reads", stream.ended()).await;
    let took = start.elapsed();
    println!("{}: {what}: {reason} after {took:.1?}", server.place);
    assert_eq!(reason, Reason::ClientGone);
    assert!(took < bound, "{took:?}");
}

async fn a_peer_that_reads_nothing_is_given_up(server: Server) {
    let (streams, path) = serve(&server, endless);
    let request = Request::get(path);
    let _stalled = Exchange::start_narrow(server.address(), server.place.protocol, &request).await;
    let stream = streams.all().remove(0);
    check_freed(&server, "unread socket", stream, 2 * TIMEOUT).await;
}

async fn a_peer_that_reads_nothing_is_given_up_and_who_gets_the_same_is_not(server: Server) {
    set_peer_timeout(server.listener(), TIMEOUT).expect("the system takes it");
    let mut journal = lag::journal();
    let (streams, path) = lag::serve(&server, &journal, |events| events);
    let served = (streams.clone(), path);
    let (_stalled, mut quick) = lag::stalled(&server, &mut journal, served).await;
    let stream = streams.all().remove(0);
    check_freed(&server, "unread topic", stream, 2 * TIMEOUT).await;
    quick.until_id(journal.publish("a")).await;
    assert_eq!(journal.hub.stats().subscribers, 1);
}

async fn a_peer_that_leaves_bytes_behind_its_request_is_given_up(server: Server) {
    let (streams, path) = serve(&server, beating);
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let gone = Exchange::literal(server.address(), request.repeat(2).as_bytes()).await;
    let stream = streams.all().remove(0);
    drop(gone);
    // The first write is answered by a reset, and the second one fails.
    check_freed(&server, "pipelined bytes", stream, 2 * BEAT + SLACK).await;
}

async fn a_peer_that_ends_its_half_is_given_up_when_it_is_gone(server: Server) {
    let (streams, path) = serve(&server, beating);
    let mut peer = TcpStream::connect(server.address()).await.expect("the server accepts");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    peer.write_all(request.as_bytes()).await.expect("the server reads");
    let mut seen = Vec::new();
    while !seen.windows(3).any(|bytes| bytes == b":\n\n") {
        peer.read_buf(&mut seen).await.expect("the stream begins");
    }
    let stream = streams.all().remove(0);
    peer.shutdown().await.expect("an open socket can be ended");
    if server.place.host.notices_close {
        check_freed(&server, "half closed", stream, SLACK).await;
        return;
    }
    // It may still read, and gets what there is.
    sleep(4 * BEAT).await;
    assert_eq!(stream.reason(), None);
    drop(peer);
    check_freed(&server, "half closed, and then gone", stream, 2 * BEAT + SLACK).await;
}

async fn a_peer_that_takes_a_little_now_and_then_is_not_given_up(server: Server) {
    let (streams, path) = serve(&server, endless);
    let request = Request::get(path);
    let mut slow = Exchange::start_narrow(server.address(), server.place.protocol, &request).await;
    let stream = streams.all().remove(0);
    for _ in 0..10 {
        sleep(TIMEOUT / 4).await;
        // As much as lets the system of a peer say that it has room.
        slow.frame().await;
        slow.frame().await;
        assert_eq!(stream.reason(), None);
    }
    drop(slow);
    check_freed(&server, "slow, and then gone", stream, SLACK).await;
}

async fn a_peer_that_opens_no_window_goes_with_the_server(server: Server) {
    let (streams, path) = serve(&server, endless);
    let request = Request::get(path);
    // What it reads it does not release, but it answers all that the system asks.
    let _stalled = Exchange::start_narrow(server.address(), server.place.protocol, &request).await;
    let stream = streams.all().remove(0);
    sleep(2 * TIMEOUT).await;
    assert_eq!(stream.reason(), None, "no timeout of TCP sees it");
    let start = Instant::now();
    streams.drain(SLACK).await;
    assert!(start.elapsed() < 2 * SLACK, "{:?}", start.elapsed());
    assert_eq!(stream.reason(), None, "a host asks no more of its body");

    let place = server.place;
    drop(server);
    let reason = within("the end of a stream without a server", stream.ended()).await;
    let took = start.elapsed();
    println!("{place}: no window: {reason} {took:.1?} after the drain of {SLACK:?} began");
    assert!(took < 2 * SLACK, "{took:?}");
}

async fn a_silent_peer_whose_power_goes_off_is_given_up(server: Server) {
    let Place { host, protocol, .. } = server.place;
    // Its streams of HTTP/2 outlive their connection, until they are written to.
    let outlives = !host.notices_close && protocol == Protocol::H2;
    let answer = if outlives { beating_rarely } else { silent };
    a_peer_whose_power_goes_off_is_given_up(server, "silent, power off", answer).await;
}

async fn a_busy_peer_whose_power_goes_off_is_given_up(server: Server) {
    a_peer_whose_power_goes_off_is_given_up(server, "busy, power off", beating).await;
}

async fn a_peer_whose_power_goes_off_is_given_up(
    server: Server,
    what: &str,
    answer: fn() -> Answer<Fallible>,
) {
    let island = Island::new().expect("one could be made before");
    let server = Server::start_at(server.place, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let (streams, path) = serve(&server, answer);
    let to = (island.address(), server.address().port()).into();
    let _peer = Castaway::on(&island, to, server.place.protocol, &path);
    let stream = streams.all().remove(0);
    island.cut();
    check_freed(&server, what, stream, 2 * TIMEOUT).await;
}
