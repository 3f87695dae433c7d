//! Peers that stall.

use std::time::{Duration, Instant};

use conformance::client::{Exchange, Protocol, Request};
use conformance::within;
use futures_util::{StreamExt as _, stream};
use tower_sse::{Reason, Sse, Streams, set_peer_timeout};

use super::{cases, mounts};
use crate::server::Server;
use crate::streams::{admitted, event};

cases! {
    |place| mounts(place) && place.protocol == Protocol::H1 => [
        a_peer_that_reads_nothing_is_given_up,
    ],
}

/// The shortest that there is.
const TIMEOUT: Duration = Duration::from_secs(5);

async fn a_peer_that_reads_nothing_is_given_up(server: Server) {
    set_peer_timeout(server.listener(), TIMEOUT).expect("the system takes it");
    let streams = Streams::new();
    let path = server.events(admitted(&streams, || {
        Sse::new(stream::repeat_with(|| Ok(event("x".repeat(60_000)))).boxed())
    }));
    let request = Request::get(path);
    let _stalled = Exchange::start_narrow(server.address(), server.place.protocol, &request).await;
    let stream = streams.all().remove(0);
    let start = Instant::now();
    let reason = within("the end of a stream that nobody reads", stream.ended()).await;
    println!("{}: {reason} after {:?}", server.place, start.elapsed());
    assert_eq!(reason, Reason::ClientGone);
    assert!(start.elapsed() < 2 * TIMEOUT, "{:?}", start.elapsed());
}
