//! A client without sockets and clock, the standard's section 9.2.3 read aloud: it shows that what
//! the scenarios expect can be had.

use std::time::Duration;

use crate::oracle;
use crate::scenarios::{
    After, Exchange, Origin, ReadyState, Request, Scenario, Seen, Settings, What,
};

const FLOOR: Duration = Duration::from_millis(100);

/// How a fetch ends.
enum Fetched<'a> {
    Head(&'a Exchange),
    NetworkError,
    /// The head never comes, and nobody minds.
    Never,
}

/// A run of the model, up to its end or that of the scenario.
pub(super) fn run(scenario: &Scenario) -> (Vec<Seen>, ReadyState, Vec<Request>) {
    let mut model = Model { scenario, now: Duration::ZERO, seen: Vec::new(), requests: Vec::new() };
    let state = model.run();
    (model.seen, state, model.requests)
}

struct Model<'a> {
    scenario: &'a Scenario,
    now: Duration,
    seen: Vec<Seen>,
    requests: Vec<Request>,
}

impl<'a> Model<'a> {
    fn run(&mut self) -> ReadyState {
        let settings = &self.scenario.client;
        let mut id = String::new();
        let mut reconnect = settings.reconnect.unwrap_or(Duration::from_secs(3));
        let mut messages = 0;
        loop {
            let mut wait = Duration::ZERO;
            match self.fetch(&id) {
                Fetched::Never => return ReadyState::Connecting,
                Fetched::NetworkError => {}
                Fetched::Head(head) if settings.retry_statuses.contains(&head.status) => {
                    let seconds = header(head, "Retry-After").and_then(|value| value.parse().ok());
                    wait = seconds.map_or(Duration::ZERO, Duration::from_secs);
                }
                Fetched::Head(head) if !is_event_stream(head) => {
                    self.show(What::Error(ReadyState::Closed));
                    return ReadyState::Closed;
                }
                Fetched::Head(head) => {
                    self.show(What::Open);
                    let decoded = oracle::decode_after(&id, &head.body);
                    for event in decoded.events {
                        self.show(What::Message(event));
                        messages += 1;
                        if Some(messages) == self.scenario.stop_after_events {
                            return ReadyState::Open;
                        }
                    }
                    id = decoded.last_event_id;
                    reconnect = decoded.retry_ms.map_or(reconnect, Duration::from_millis);
                    if head.after == After::Hold {
                        let Some(idle) = settings.idle_timeout else { return ReadyState::Open };
                        self.now += idle;
                    }
                }
            }
            self.show(What::Error(ReadyState::Connecting));
            self.now = self.now.saturating_add(reconnect.max(wait).max(FLOOR));
            if self.now > self.scenario.observe {
                return ReadyState::Connecting;
            }
            // No header can carry it (RFC 9110, section 5.5).
            if id.contains(|char: char| char.is_ascii_control()) {
                self.show(What::Error(ReadyState::Closed));
                return ReadyState::Closed;
            }
        }
    }

    fn fetch(&mut self, id: &str) -> Fetched<'a> {
        let mut request = first(&self.scenario.client, id);
        for _redirect in 0..=20 {
            self.now += Duration::from_millis(1);
            request.at = self.now;
            let nth = self.requests.len();
            self.requests.push(request.clone());
            let exchange = self.scenario.exchange(nth, request.hop());
            let exchange = exchange.expect("a scenario has an exchange");
            if exchange.after == After::Silence {
                let Some(timeout) = self.scenario.client.head_timeout else {
                    return Fetched::Never;
                };
                self.now += timeout;
                return Fetched::NetworkError;
            }
            let location = header(exchange, "Location");
            let (301..=303 | 307 | 308, Some(location)) = (exchange.status, location) else {
                return Fetched::Head(exchange);
            };
            match location {
                "" => {}
                "@self" => request.target = "/events?hop=1".to_owned(),
                "@other" => {
                    request.target = "/events?hop=1".to_owned();
                    request.origin = Origin::Other;
                    request
                        .headers
                        .retain(|(name, _)| ["accept", "cache-control"].contains(&&**name));
                }
                _ => return Fetched::NetworkError,
            }
            if request.method == "POST" && exchange.status <= 303 {
                request.method = "GET".to_owned();
                request.body.clear();
                request.headers.retain(|(name, _)| name != "content-type");
            }
        }
        Fetched::NetworkError
    }

    fn show(&mut self, what: What) {
        self.seen.push(Seen { at: self.now, what });
    }
}

fn first(settings: &Settings, id: &str) -> Request {
    let mut headers = settings.headers.clone();
    headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
    headers.push(("Cache-Control".to_owned(), "no-cache".to_owned()));
    if !id.is_empty() {
        headers.push(("Last-Event-ID".to_owned(), id.to_owned()));
    }
    let headers = headers.into_iter();
    Request {
        at: Duration::ZERO,
        origin: Origin::Own,
        method: settings.method.clone().unwrap_or("GET".to_owned()),
        target: "/events".to_owned(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.into_bytes())).collect(),
        body: settings.body.clone(),
    }
}

fn is_event_stream(head: &Exchange) -> bool {
    let mime = header(head, "Content-Type").unwrap_or_default();
    let essence = mime.split(';').next().unwrap_or_default();
    head.status == 200
        && essence.eq_ignore_ascii_case("text/event-stream")
        && header(head, "Content-Encoding").is_none()
}

fn header<'a>(head: &'a Exchange, name: &str) -> Option<&'a str> {
    head.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}
