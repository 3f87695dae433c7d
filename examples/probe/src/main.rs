//! What an `EventSource` shows of a stream, as one line of JSON:
//! `cargo run -p example-probe -- URL SECONDS [STOP_AFTER]`.
//!
//! It follows the stream for so many seconds, or until so many messages, and prints
//! `{"log": [[ms, "open"], [ms, "message", {"type", "data", "id"}], [ms, "error", STATE]]}`. STATE
//! is `CONNECTING` when it will come back and `CLOSED` when the stream is at its end; `id` is the
//! last event id. A browser's `EventSource` under the same listeners would log the same.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::Empty;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tower_sse_client::{EventSource, Update};

const USAGE: &str = "usage: example-probe URL SECONDS [STOP_AFTER]";

struct Args {
    url: Uri,
    time: Duration,
    stop_after: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = match args() {
        Ok(args) => args,
        Err(error) => {
            eprintln!("example-probe: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let https = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http();
    let client = Client::builder(TokioExecutor::new())
        .build::<_, Empty<Bytes>>(https.enable_all_versions().build());
    let mut source = EventSource::get(args.url).connect(client);

    let mut log = Vec::new();
    // The time being over is one of the two ways to stop.
    let _ = timeout(args.time, follow(&mut source, args.stop_after, &mut log)).await;
    println!("{}", json!({ "log": log }));
    ExitCode::SUCCESS
}

fn args() -> Result<Args, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (url, seconds, stop_after) = match &args[..] {
        [url, seconds] => (url, seconds, usize::MAX),
        [url, seconds, stop_after] => (url, seconds, stop_after.parse()?),
        _ => return Err("two or three arguments are needed".into()),
    };
    Ok(Args { url: url.parse()?, time: Duration::try_from_secs_f64(seconds.parse()?)?, stop_after })
}

async fn follow(source: &mut EventSource, stop_after: usize, log: &mut Vec<Value>) {
    let start = Instant::now();
    let mut messages = 0;
    while messages < stop_after {
        let update = source.update().await;
        let ms = start.elapsed().as_millis() as u64;
        log.push(match update {
            Some(Ok(Update::Open(_))) => json!([ms, "open"]),
            Some(Ok(Update::Event(event))) => {
                messages += 1;
                let name = event.event_type();
                let message =
                    json!({ "type": name, "data": event.data(), "id": source.last_event_id() });
                json!([ms, "message", message])
            }
            Some(Ok(Update::Reconnect { .. })) => json!([ms, "error", "CONNECTING"]),
            Some(Ok(_)) => continue,
            // One event is lost, and a browser without limits would have shown it.
            Some(Err(error)) if error.is_too_long() => continue,
            Some(Err(_)) | None => {
                log.push(json!([ms, "error", "CLOSED"]));
                return;
            }
        });
    }
}
