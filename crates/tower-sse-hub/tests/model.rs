//! A hub against a plain list of everything that was ever published, under seeded chance.
//!
//! `MODEL_SEEDS=10000 cargo test -p tower-sse-hub --test model` tries more seeds.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;
use futures_util::{FutureExt, StreamExt};
use tower_sse_hub::{
    AfterGap, Event, EventId, Hub, Lag, LastEventId, Retention, Start, Subscription,
};

const TOPICS: [&str; 4] = ["a", "b", "c", "d"];

/// What was published: topic and number, by id.
#[derive(Default)]
struct Model {
    /// In the order of the hub; the number of an event is its place here.
    log: Vec<(&'static str, EventId)>,
    place: HashMap<String, usize>,
}

/// A client: what it has seen, and what it may still believe in.
struct Client {
    topics: Vec<&'static str>,
    events: Option<Subscription>,
    last_event_id: Option<EventId>,
    /// All of its topics before this place in the log was seen, or told to be missing.
    from: usize,
    seen: BTreeMap<usize, ()>,
    /// It was told that events before this place may be missing.
    gap: usize,
    after_gap: AfterGap,
}

impl Client {
    fn connect(&mut self, hub: &Hub, rng: &mut Rng, published: usize) {
        let mut events = hub.subscribe(self.topics.iter().copied()).expect("few topics");
        if rng.bool() {
            events = events.with_lag(Lag::Skip);
        }
        events = events.with_after_gap(self.after_gap);
        match &self.last_event_id {
            Some(id) => events = events.with_last_event_id(LastEventId::Id(id.clone())),
            None => {
                self.seen.clear();
                self.gap = 0;
                if rng.bool() {
                    events = events.with_start(Start::Oldest);
                    // What is forgotten already was never promised.
                    self.gap = published;
                    self.from = 0;
                } else {
                    self.from = published;
                }
            }
        }
        // It begins here, rather than when it is first read.
        events.is_over();
        self.events = Some(events);
    }

    /// Reads up to so many items.
    fn read(&mut self, model: &Model, most: usize) {
        for _ in 0..most {
            let Some(events) = &mut self.events else { return };
            let Some(item) = events.next().now_or_never() else {
                self.is_up_to_date(model);
                return;
            };
            let Some(item) = item else {
                self.events = None;
                return;
            };
            let wire = std::str::from_utf8(item.bytes()).expect("text");
            for event in wire.split_terminator("\n\n") {
                self.take(model, event);
            }
        }
    }

    fn take(&mut self, model: &Model, event: &str) {
        let id = event.lines().find_map(|line| line.strip_prefix("id: "));
        let id = id.map(|id| EventId::new(id).expect("an id"));
        if event.starts_with("event: gap") {
            self.gap = model.log.len();
            if let Some(id) = &id {
                // It goes on live.
                self.from = self.from.max(place_after(model, id));
            }
        } else if let Some(id) = id.as_ref().filter(|_| event.contains("data:")) {
            self.saw(model, model.place[id.as_str()]);
        } else if let Some(id) = &id {
            self.is_complete(model, place_after(model, id));
        }
        self.last_event_id = id.or(self.last_event_id.take());
    }

    fn saw(&mut self, model: &Model, place: usize) {
        assert!(self.topics.contains(&model.log[place].0), "an event of another topic");
        assert!(
            place >= self.from,
            "an event from before: {place}, and all before {} are seen",
            self.from
        );
        assert!(self.seen.insert(place, ()).is_none(), "an event twice");
        self.is_complete(model, place);
        self.from = place + 1;
    }

    /// Whether all before this place were seen, or told to be missing.
    fn is_complete(&mut self, model: &Model, place: usize) {
        for missing in self.from..place {
            let is_mine = self.topics.contains(&model.log[missing].0);
            assert!(
                !is_mine || missing < self.gap,
                "a silent gap: {missing} is missing before {place}"
            );
        }
        self.from = self.from.max(place);
    }

    fn is_up_to_date(&mut self, model: &Model) {
        self.is_complete(model, model.log.len());
    }
}

fn place_after(model: &Model, id: &EventId) -> usize {
    model.place.get(id.as_str()).map_or(0, |place| place + 1)
}

fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let retention = Retention::new()
        .with_count(rng.usize(1..12))
        .with_bytes(rng.usize(500..4000))
        .with_total_bytes(rng.usize(1000..6000));
    let hub = Hub::with_retention(retention);
    let mut model = Model::default();
    let mut clients: Vec<Client> = (0..6)
        .map(|_| {
            let mut topics = TOPICS.to_vec();
            rng.shuffle(&mut topics);
            topics.truncate(rng.usize(1..=TOPICS.len()));
            let after_gap = if rng.bool() { AfterGap::Oldest } else { AfterGap::Live };
            Client {
                topics,
                events: None,
                last_event_id: None,
                from: 0,
                seen: BTreeMap::new(),
                gap: 0,
                after_gap,
            }
        })
        .collect();

    for _ in 0..300 {
        match rng.u8(..) {
            0..100 => {
                let topic = rng.choice(TOPICS).expect("some topics");
                let data = "x".repeat(rng.usize(0..60));
                let id = hub.publish_now(topic, Event::new(data)).expect("published");
                assert_eq!(id, hub.head());
                model.place.insert(id.to_string(), model.log.len());
                model.log.push((topic, id));
            }
            100..220 => {
                let most = rng.usize(1..20);
                let client = rng.choice(&mut clients).expect("some clients");
                if client.events.is_none() {
                    client.connect(&hub, &mut rng, model.log.len());
                }
                client.read(&model, most);
            }
            // The connection breaks.
            220..250 => rng.choice(&mut clients).expect("some clients").events = None,
            // The client forgets.
            _ => {
                let client = rng.choice(&mut clients).expect("some clients");
                (client.events, client.last_event_id) = (None, None);
            }
        }
    }
    for client in &mut clients {
        if client.events.is_none() {
            client.connect(&hub, &mut rng, model.log.len());
        }
        client.read(&model, usize::MAX);
        client.events = None;
    }
    for topic in TOPICS {
        assert_eq!(hub.subscribers(topic), 0);
    }
}

#[test]
fn loses_nothing_and_doubles_nothing_without_saying_so() {
    let seeds = std::env::var("MODEL_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    for seed in 0..seeds.unwrap_or(1000) {
        if std::panic::catch_unwind(|| run(seed)).is_err() {
            panic!("seed {seed}");
        }
    }
}
