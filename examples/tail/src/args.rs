//! What is asked for on the command line.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use lexopt::prelude::*;
use tower_sse_client::{Event, EventId, Policy};

pub(crate) const USAGE: &str = "usage: example-tail [OPTION]... URL   (or --help)";

pub(crate) const HELP: &str = "\
curl for Server-Sent Events: prints them as they come, and comes back when they stop.

usage: example-tail [OPTION]... URL

  -H, --header 'NAME: VALUE'  send this header; may be repeated
      --post BODY             POST this; @FILE is the content of a file, @- is what stdin gives
      --from ID               begin after the event with this id
      --types A,B             print only events of these types
      --once                  end after the first event that is printed
      --max-failures N        give up when N attempts in a row to come back brought no event
      --no-reconnect          never come back: the same as --max-failures 0, but that the end of
                              the response is the end, and no failure
      --delay SECONDS         how long to wait before coming back if the server does not say (3)
      --colour WHEN           auto (if stdout is a terminal and NO_COLOR is not set), always (as on
                              a terminal, whatever stdout is) or never
  -h, --help                  print this
  -V, --version               print the version

A terminal gets each event with its type, its id and its data, and a line about the connection on
stderr. A pipe gets a line of JSON for each event:

  {\"type\":\"message\",\"data\":\"hello\",\"id\":\"7\",\"lastEventId\":\"7\"}

`id` is there if this event brought one; `lastEventId` is what --from takes to go on after it.

exit codes:
  0    the server said that there is no more (204), --once has its event, the response ended under
       --no-reconnect, or whoever reads the output has enough
  1    something else: the output cannot be written, or the last event id cannot be sent
  2    the command line is wrong
  3    the server refused: the status is not 200, the content type not text/event-stream, the
       response compressed, or a redirect leads nowhere
  4    no connection, or it was lost, and --max-failures or --no-reconnect allows no other attempt
  130  Ctrl-C
";

/// What is asked for.
pub(crate) enum Asked {
    Tail(Box<Args>),
    Help,
    Version,
}

/// What to follow, and what to print of it.
pub(crate) struct Args {
    pub(crate) request: Request<Full<Bytes>>,
    pub(crate) from: Option<EventId>,
    pub(crate) policy: Policy,
    pub(crate) types: Types,
    pub(crate) once: bool,
    pub(crate) no_reconnect: bool,
    pub(crate) colour: Colour,
}

/// The types that are printed, unless it is all of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Types(Option<Vec<String>>);

/// Whether there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

type Result<T> = std::result::Result<T, lexopt::Error>;

impl Args {
    pub(crate) fn from_env() -> Result<Asked> {
        Self::parse(lexopt::Parser::from_env())
    }

    fn parse(mut args: lexopt::Parser) -> Result<Asked> {
        let mut url = None;
        let mut headers = HeaderMap::new();
        let mut post = None;
        let mut from = None;
        let mut policy = Policy::new();
        let mut types = Types::default();
        let mut once = false;
        let mut no_reconnect = false;
        let mut colour = Colour::default();
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(Asked::Help),
                Short('V') | Long("version") => return Ok(Asked::Version),
                Short('H') | Long("header") => {
                    let (name, value) = args.value()?.parse_with(header)?;
                    headers.append(name, value);
                }
                Long("post") => post = Some(body(args.value()?)?),
                Long("from") => from = Some(args.value()?.parse_with(id)?),
                Long("types") => types.add(&args.value()?.string()?),
                Long("once") => once = true,
                Long("max-failures") => policy = policy.with_max_failures(args.value()?.parse()?),
                Long("no-reconnect") => no_reconnect = true,
                Long("delay") => policy = policy.with_delay(args.value()?.parse_with(seconds)?),
                Long("colour" | "color") => colour = args.value()?.parse_with(when)?,
                Value(value) if url.is_none() => url = Some(value.parse_with(absolute)?),
                arg => return Err(arg.unexpected()),
            }
        }
        if no_reconnect {
            policy = policy.with_max_failures(0);
        }
        let request = request(url.ok_or("URL is missing")?, headers, post);
        let args = Self { request, from, policy, types, once, no_reconnect, colour };
        Ok(Asked::Tail(Box::new(args)))
    }
}

impl Types {
    fn add(&mut self, list: &str) {
        self.0.get_or_insert_default().extend(list.split(',').map(str::to_owned));
    }

    pub(crate) fn wants(&self, event: &Event) -> bool {
        let name = event.event_type();
        self.0.as_ref().is_none_or(|types| types.iter().any(|wanted| wanted == name))
    }
}

fn request(url: Uri, mut headers: HeaderMap, post: Option<Bytes>) -> Request<Full<Bytes>> {
    let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(agent));
    if post.is_some() {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    }
    let method = if post.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::new(Full::new(post.unwrap_or_default()));
    *request.method_mut() = method;
    *request.uri_mut() = url;
    *request.headers_mut() = headers;
    request
}

/// An address; without a scheme it is one of http, as curl has it.
fn absolute(text: &str) -> std::result::Result<Uri, String> {
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    match uri.scheme_str() {
        Some("http" | "https") => Ok(uri),
        _ => Err("its scheme is neither http nor https".to_owned()),
    }
}

fn header(text: &str) -> std::result::Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("a header is NAME: VALUE")?;
    let name = name.trim().parse().map_err(|error| format!("{error}"))?;
    let value = HeaderValue::from_str(value.trim()).map_err(|error| error.to_string())?;
    Ok((name, value))
}

fn id(text: &str) -> std::result::Result<EventId, String> {
    // An id may have characters that no header takes.
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| "no header can carry it".to_owned())?;
    EventId::new(text).map_err(|error| error.to_string())
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "it is no number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn when(text: &str) -> std::result::Result<Colour, &'static str> {
    match text {
        "auto" => Ok(Colour::Auto),
        "always" => Ok(Colour::Always),
        "never" => Ok(Colour::Never),
        _ => Err("it is auto, always or never"),
    }
}

fn body(value: OsString) -> Result<Bytes> {
    let text = value.string()?;
    let Some(path) = text.strip_prefix('@') else {
        return Ok(text.into());
    };
    let read = || match path {
        "-" => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
        path => fs::read(path),
    };
    let bytes = read().map_err(|error| format!("cannot read {path}: {error}"))?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests;
