//! The verdict on what a client showed.

use std::time::Duration;

use serde::Deserialize;

use super::{Exchange, Expect, Request, Scenario, Step};
use crate::oracle::Dispatched;

/// Something that a client showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When, from the server's start.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What an EventSource shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A stream is open.
    Open,
    /// A message.
    Message(Dispatched),
    /// An error, and the state that the client is in after it.
    Error(ReadyState),
}

/// The state of an EventSource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReadyState {
    /// It has no stream and will try to get one.
    Connecting,
    /// It has a stream.
    Open,
    /// It has none and will not try.
    Closed,
}

impl Scenario {
    /// Judges a client by what it showed, its state in the end, and the requests that came from
    /// it, in their order.
    ///
    /// # Errors
    /// The scenario's name, and all that does not hold.
    pub fn judge(
        &self,
        seen: &[Seen],
        ready_state: ReadyState,
        requests: &[Request],
    ) -> Result<(), String> {
        let seen = self.until_stopped(seen);
        let mut faults = self.expect.faults(seen, ready_state, requests);
        faults.extend(after_closed(seen, ready_state, requests));
        for (nth, request) in requests.iter().enumerate() {
            let exchange = self.exchange(nth, request.hop());
            let unwanted = exchange.map(|exchange| exchange.unwanted(request)).unwrap_or_default();
            let number = nth + 1;
            faults.extend(
                unwanted.iter().map(|fault| format!("request {number}, {request}: {fault}")),
            );
        }
        match &*faults {
            [] => Ok(()),
            faults => Err(format!("{}: {}", self.name, faults.join("; "))),
        }
    }

    /// What was seen up to the message after which the client is stopped.
    fn until_stopped<'a>(&self, seen: &'a [Seen]) -> &'a [Seen] {
        let messages = seen.iter().enumerate().filter(|(_, seen)| seen.message().is_some());
        let last = self
            .stop_after_events
            .and_then(|stop| messages.map(|(at, _)| at).nth(stop.checked_sub(1)?));
        last.map_or(seen, |last| &seen[..=last])
    }
}

impl Expect {
    fn faults(&self, seen: &[Seen], ready_state: ReadyState, requests: &[Request]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut must = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        if let Some(events) = &self.events {
            let shown: Vec<_> = seen.iter().filter_map(Seen::message).collect();
            must(shown.iter().copied().eq(events), format!("events are {shown:?}, not {events:?}"));
        }
        if let Some(trace) = &self.trace {
            let shown: Vec<_> = seen.iter().map(|seen| &seen.what).collect();
            must(Step::all_match(trace, &shown), format!("the trace is {shown:?}, not {trace:?}"));
        }
        let count = requests.len();
        if let Some(exact) = self.requests {
            must(count == exact, format!("{count} requests came, not {exact}"));
        }
        if let Some(min) = self.min_requests {
            must(count >= min, format!("{count} requests came, not {min} or more"));
        }
        if let Some(max) = self.max_requests {
            must(count <= max, format!("{count} requests came, not {max} or less"));
        }
        if let Some(state) = self.final_ready_state {
            must(ready_state == state, format!("the state is {ready_state:?}, not {state:?}"));
        }
        let opens = seen.iter().filter(|seen| seen.what == What::Open).map(|seen| seen.at);
        let requests = requests.iter().map(|request| request.at);
        for (what, delay, range) in [
            ("opens", first_delay(opens), self.reconnect_delay_ms),
            ("requests", first_delay(requests), self.request_delay_ms),
        ] {
            let Some((min, max)) = range else { continue };
            let range = Duration::from_millis(min)..=Duration::from_millis(max);
            let holds = delay.is_some_and(|delay| range.contains(&delay));
            must(holds, format!("between the first two {what}: {delay:?}, not {range:?}"));
        }
        faults
    }
}

impl Exchange {
    /// In what a request is not as it should be.
    fn unwanted(&self, request: &Request) -> Vec<String> {
        let wrong = self.want_request.iter().filter_map(|(name, want)| {
            let values = request.values(name);
            let holds = values.iter().copied().eq(want.iter().map(String::as_bytes));
            let values: Vec<_> =
                values.iter().map(|value| value.escape_ascii().to_string()).collect();
            (!holds).then(|| format!("{name} is {values:?}, not {want:?}"))
        });
        wrong.collect()
    }
}

impl Seen {
    /// The message, if it is one.
    pub fn message(&self) -> Option<&Dispatched> {
        match &self.what {
            What::Message(message) => Some(message),
            _ => None,
        }
    }
}

/// A client that has said that it is closed stays so, shows nothing, and asks for nothing.
fn after_closed(seen: &[Seen], ready_state: ReadyState, requests: &[Request]) -> Option<String> {
    let closed = What::Error(ReadyState::Closed);
    let at = seen.iter().position(|seen| seen.what == closed)?;
    let later = requests.iter().find(|request| request.at > seen[at].at);
    let fault = match (seen.get(at + 1), later) {
        (Some(next), _) => format!("{:?} was shown", next.what),
        (_, Some(request)) => format!("{request} came after {:?}", request.at - seen[at].at),
        _ if ready_state != ReadyState::Closed => format!("the state is {ready_state:?}"),
        _ => return None,
    };
    Some(format!("it was closed, yet {fault}"))
}

/// The time from the first to the second.
fn first_delay(mut times: impl Iterator<Item = Duration>) -> Option<Duration> {
    let first = times.next()?;
    times.next().map(|second| second.saturating_sub(first))
}
