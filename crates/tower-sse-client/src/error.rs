//! Why there are no events, or no more.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use tower_sse_codec::TooLong;

use crate::BoxError;
use crate::decompress::Corrupt;

/// Why there are no events, or no more.
///
/// Its text does not repeat the cause below it: a program that shows errors to people should walk
/// the [`source`](StdError::source)s.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
pub(crate) enum Kind {
    /// The service failed.
    Connect(BoxError),
    /// The closure that makes headers failed.
    Headers(BoxError),
    /// No head of a response within this time.
    ResponseTimeout(Duration),
    /// No byte of a body within this time.
    IdleTimeout(Duration),
    Status(StatusCode, Option<Duration>),
    MediaType(Option<HeaderValue>),
    Encoding(HeaderValue),
    /// The address has no scheme, another than http and https, or no host.
    Address,
    Redirect(Redirect),
    /// The last event id cannot be sent.
    LastEventId,
    /// The connection broke in the middle of a body.
    Body(BoxError),
    /// The body is not compressed as it says.
    Corrupt(Corrupt),
    /// The body ended.
    Ended,
    TooLong(TooLong),
}

/// What is wrong with a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    NoLocation,
    NoTarget,
    TooMany,
}

impl Error {
    /// Whether the request could not be sent or got no answer: no such name, connection refused, a
    /// certificate that does not hold. The cause is the [`source`](StdError::source).
    pub fn is_connect(&self) -> bool {
        matches!(*self.0, Kind::Connect(_))
    }

    /// Whether the headers of a request could not be made.
    pub fn is_headers(&self) -> bool {
        matches!(*self.0, Kind::Headers(_))
    }

    /// Whether nothing came in time: no answer, or no more of one.
    pub fn is_timeout(&self) -> bool {
        matches!(*self.0, Kind::ResponseTimeout(_) | Kind::IdleTimeout(_))
    }

    /// The status of the answer, if it was not 200.
    pub fn status(&self) -> Option<StatusCode> {
        match *self.0 {
            Kind::Status(status, _) => Some(status),
            _ => None,
        }
    }

    /// How long the server asked to wait with `Retry-After`, if the status was not 200.
    pub fn retry_after(&self) -> Option<Duration> {
        match *self.0 {
            Kind::Status(_, after) => after,
            _ => None,
        }
    }

    /// Whether the address of the request has no scheme, another than http and https, or no host.
    pub fn is_address(&self) -> bool {
        matches!(*self.0, Kind::Address)
    }

    /// Whether the answer was something else than `text/event-stream`.
    pub fn is_media_type(&self) -> bool {
        matches!(*self.0, Kind::MediaType(_))
    }

    /// Whether the answer was compressed in a way that nobody had asked for.
    ///
    /// The features `gzip`, `zstd` and `brotli` take such answers, as does a decompressing layer
    /// around the HTTP client.
    pub fn is_encoding(&self) -> bool {
        matches!(*self.0, Kind::Encoding(_))
    }

    /// Whether a redirect led nowhere, or too many led on.
    pub fn is_redirect(&self) -> bool {
        matches!(*self.0, Kind::Redirect(_))
    }

    /// Whether the last event id cannot be sent: it has a control character in it, or more than
    /// 8 KiB, which servers do not take.
    pub fn is_last_event_id(&self) -> bool {
        matches!(*self.0, Kind::LastEventId)
    }

    /// Whether the connection broke in the middle of a body, or brought what cannot be decompressed.
    pub fn is_body(&self) -> bool {
        matches!(*self.0, Kind::Body(_) | Kind::Corrupt(_))
    }

    /// Whether the server ended the body. That is no failure, and the client comes back.
    pub fn is_ended(&self) -> bool {
        matches!(*self.0, Kind::Ended)
    }

    /// Whether an event was too long, and is lost. The stream goes on after it.
    pub fn is_too_long(&self) -> bool {
        matches!(*self.0, Kind::TooLong(_))
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Connect(_) => f.write_str("request got no response"),
            Kind::Headers(_) => f.write_str("request headers could not be made"),
            Kind::ResponseTimeout(limit) => write!(f, "no response within {limit:?}"),
            Kind::IdleTimeout(limit) => write!(f, "nothing received for {limit:?}"),
            Kind::Status(status, _) => write!(f, "status is {status}, not 200 OK"),
            Kind::MediaType(None) => f.write_str("response has no content type"),
            Kind::MediaType(Some(found)) => {
                write!(f, "content type is {found:?}, not \"text/event-stream\"")
            }
            Kind::Encoding(found) => {
                write!(f, "response is compressed: content encoding is {found:?}")
            }
            Kind::Address => f.write_str("address is no http or https address with a host"),
            Kind::Redirect(Redirect::NoLocation) => f.write_str("redirect has no location"),
            Kind::Redirect(Redirect::NoTarget) => {
                f.write_str("location of a redirect is no http or https address")
            }
            Kind::Redirect(Redirect::TooMany) => f.write_str("too many redirects"),
            Kind::LastEventId => f.write_str("last event id cannot be sent"),
            Kind::Body(_) => f.write_str("response broke off"),
            Kind::Corrupt(_) => f.write_str("response cannot be decompressed"),
            Kind::Ended => f.write_str("response ended"),
            Kind::TooLong(_) => f.write_str("event is lost"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Kind::Connect(cause) | Kind::Headers(cause) | Kind::Body(cause) => Some(&**cause),
            Kind::Corrupt(cause) => Some(cause),
            Kind::TooLong(cause) => Some(cause),
            _ => None,
        }
    }
}
