//! curl for Server-Sent Events: `cargo run -p example-tail -- URL`.
//!
//! Prints events as they come, comes back when the connection is lost, and says by its exit code
//! why it ended: see `--help`.

mod args;
mod end;
mod print;
mod status;

use std::future::pending;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::signal::ctrl_c;
use tokio::time::{MissedTickBehavior, interval};
use tower_sse_client::{EventSource, Update};

use crate::args::{Args, Asked, HELP, USAGE};
use crate::end::End;
use crate::print::Printer;
use crate::status::Status;

const NAME: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), "\n");

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let end = match Args::from_env() {
        Ok(Asked::Tail(args)) => tail(*args).await,
        Ok(Asked::Help) => End::of_output(write(HELP)).unwrap_or(End::Done),
        Ok(Asked::Version) => End::of_output(write(VERSION)).unwrap_or(End::Done),
        Err(error) => End::Usage(format!("{error}\n{USAGE}")),
    };
    if let Some(reason) = end.reason() {
        eprintln!("{NAME}: {reason}");
    }
    end.into()
}

async fn tail(args: Args) -> End {
    let https = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http();
    let client = Client::builder(TokioExecutor::new()).build(https.enable_all_versions().build());
    let mut builder = EventSource::request(args.request).with_policy(args.policy);
    if let Some(id) = &args.from {
        builder = builder.with_last_event_id(id);
    }
    let mut source = builder.connect(client);

    let printer = Printer::new(args.colour);
    let mut status = Status::new();
    let mut ticks = interval(Duration::from_millis(100));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut interrupt = std::pin::pin!(interrupt());
    loop {
        let update = tokio::select! {
            biased;
            () = &mut interrupt => return End::Interrupted,
            // Drawn between events, not after each: a fast stream would only flicker.
            _ = ticks.tick(), if status.is_on() => {
                status.draw();
                continue;
            }
            update = source.update() => update,
        };
        let update = match update {
            Some(Ok(update)) => update,
            Some(Err(error)) if error.is_too_long() => {
                status.hide();
                eprintln!("{NAME}: {}", end::chain(&error));
                continue;
            }
            Some(Err(error)) if error.is_ended() && args.no_reconnect => return End::Done,
            Some(Err(error)) => return End::Failed(error),
            None => return End::Done,
        };
        status.handle(&update);
        if let Update::Event(event) = update
            && args.types.wants(&event)
        {
            status.hide();
            let line = printer.line(&event, source.last_event_id());
            if let Some(end) = End::of_output(write(&line)).or(args.once.then_some(End::Done)) {
                return end;
            }
        }
    }
}

/// Waits for Ctrl-C.
async fn interrupt() {
    if ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

/// Writes to stdout, at once.
fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
