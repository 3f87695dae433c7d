//! How it ended, as a script sees it.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use tower_sse_client::Error;

/// How it ended. [`HELP`](crate::args::HELP) lists the codes.
#[derive(Debug)]
pub(crate) enum End {
    /// The server said that there is no more, or whoever asked has all that was asked for.
    Done,
    Usage(String),
    Output(io::Error),
    Interrupted,
    Failed(Error),
}

impl End {
    /// The end that follows from printing: whoever reads may stop early, as `head` does.
    pub(crate) fn of_output(outcome: io::Result<()>) -> Option<Self> {
        match outcome {
            Ok(()) => None,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Some(Self::Done),
            Err(error) => Some(Self::Output(error)),
        }
    }

    /// What is said about it.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Done | Self::Interrupted => None,
            Self::Usage(reason) => Some(reason.clone()),
            Self::Output(error) => Some(format!("cannot print: {error}")),
            Self::Failed(error) => Some(chain(error)),
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Output(_) => 1,
            Self::Usage(_) => 2,
            Self::Failed(error) if is_refusal(error) => 3,
            Self::Failed(error) if is_loss(error) => 4,
            Self::Failed(_) => 1,
            // What a shell says of a process that SIGINT ended.
            Self::Interrupted => 130,
        }
    }
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        end.code().into()
    }
}

/// The server answered, but not with a stream of events.
fn is_refusal(error: &Error) -> bool {
    error.status().is_some() || error.is_media_type() || error.is_encoding() || error.is_redirect()
}

/// The server did not answer, or no longer.
fn is_loss(error: &Error) -> bool {
    error.is_connect() || error.is_timeout() || error.is_body() || error.is_ended()
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line += &format!(": {error}");
        cause = error.source();
    }
    line
}
