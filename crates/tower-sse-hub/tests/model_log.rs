//! Hubs that share a log, against a plain list of everything that was ever published, under seeded
//! chance: nodes come and go, clients hop between them, and the log breaks in every way it can.
//!
//! `MODEL_SEEDS=10000 cargo test --release -p tower-sse-hub --test model_log` tries more seeds.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use fastrand::Rng;
use futures_util::StreamExt;
use tokio::time::timeout;
use tower_sse_hub::log::{AppendFault, MemoryLog, Outage};
use tower_sse_hub::{
    Event, EventId, Hub, Lag, LastEventId, PublishError, Retention, Start, Subscription,
};

const TOPICS: [&str; 4] = ["a", "b", "c", "d"];

/// Longer than any wait of a hub, its log, or what is between them.
const LONG: Duration = Duration::from_secs(8);

/// What was published, in the order of the log.
#[derive(Default)]
struct Model {
    log: Vec<Published>,
    place: HashMap<String, usize>,
}

struct Published {
    topic: &'static str,
    /// The log has lost it.
    is_lost: bool,
}

/// An id without the name of the log, of which a node may not know yet that it has begun anew.
fn mark(id: &str) -> &str {
    id.split_once('.').expect("an id of a hub").1
}

struct Client {
    topics: Vec<&'static str>,
    events: Option<Subscription>,
    last_event_id: Option<EventId>,
    /// All of its topics before this place was seen, or told to be missing.
    from: usize,
    seen: BTreeSet<usize>,
    /// It was told that events before this place may be missing.
    gap: usize,
}

impl Client {
    fn connect(&mut self, hub: &Hub, rng: &mut Rng, published: usize) {
        let events = hub.subscribe(self.topics.iter().copied()).expect("few topics");
        let lag = if rng.bool() { Lag::Skip } else { Lag::Disconnect };
        let mut events = events.with_lag(lag).with_start(Start::Oldest);
        if let Some(id) = &self.last_event_id {
            events = events.with_last_event_id(LastEventId::Id(id.clone()));
        } else {
            // What is forgotten already was never promised.
            (self.from, self.gap) = (0, published);
            self.seen.clear();
        }
        self.events = Some(events);
    }

    /// Reads up to so many items; tells whether there are no more.
    async fn read(&mut self, model: &Model, most: usize) -> bool {
        for _ in 0..most {
            let Some(events) = &mut self.events else { return false };
            let Ok(item) = timeout(LONG, events.next()).await else { return true };
            let Some(item) = item else {
                self.events = None;
                return false;
            };
            let wire = std::str::from_utf8(item.bytes()).expect("text");
            wire.split_terminator("\n\n").for_each(|event| self.take(model, event));
        }
        false
    }

    fn take(&mut self, model: &Model, event: &str) {
        let id = event.lines().find_map(|line| line.strip_prefix("id: "));
        if event.starts_with("event: gap") {
            self.gap = model.log.len();
            if !event.contains(r#""trimmed""#) {
                // It begins anew, and may get again what it has seen.
                self.from = 0;
                self.seen.clear();
            }
        } else if let Some(id) = id.filter(|_| event.contains("data:")) {
            self.saw(model, model.place[mark(id)]);
        }
        let id = id.map(|id| EventId::new(id).expect("an id"));
        self.last_event_id = id.or(self.last_event_id.take());
    }

    fn saw(&mut self, model: &Model, place: usize) {
        assert!(self.topics.contains(&model.log[place].topic), "an event of another topic");
        if model.log[place].is_lost {
            // A node may have it until it has seen that the log has lost it; then it tells.
            return;
        }
        assert!(place >= self.from, "{place} comes after {}", self.from);
        assert!(self.seen.insert(place), "{place} comes twice");
        self.is_complete(model, place);
        self.from = place + 1;
    }

    /// Whether all before this place were seen, or told to be missing.
    fn is_complete(&mut self, model: &Model, place: usize) {
        for missing in self.from..place {
            let Published { topic, is_lost } = &model.log[missing];
            let is_mine = self.topics.contains(topic) && !is_lost;
            assert!(!is_mine || missing < self.gap, "{missing} is missing before {place}");
        }
    }
}

struct Run {
    rng: Rng,
    log: MemoryLog,
    nodes: Vec<Hub>,
    model: Model,
    clients: Vec<Client>,
}

impl Run {
    async fn node(rng: &mut Rng, log: &MemoryLog) -> Option<Hub> {
        let retention = Retention::new().with_count(rng.usize(1..8));
        let opened = Hub::builder().with_retention(retention).open(log.clone());
        let (hub, driver) = timeout(LONG, opened).await.ok()?.ok()?;
        tokio::spawn(driver.run());
        Some(hub)
    }

    async fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let log = MemoryLog::new().with_count(rng.usize(20..80));
        let mut nodes = Vec::new();
        for _ in 0..3 {
            nodes.extend(Self::node(&mut rng, &log).await);
        }
        let client = |_| {
            let mut topics = TOPICS.to_vec();
            rng.shuffle(&mut topics);
            topics.truncate(rng.usize(1..=TOPICS.len()));
            let (seen, events, last_event_id) = (BTreeSet::new(), None, None);
            Client { topics, events, last_event_id, from: 0, seen, gap: 0 }
        };
        let clients = (0..4).map(client).collect();
        Self { rng, log, nodes, model: Model::default(), clients }
    }

    async fn step(&mut self) {
        match self.rng.u8(..) {
            0..110 => self.publish().await,
            110..190 => {
                let most = self.rng.usize(1..10);
                let at = self.rng.usize(..self.clients.len());
                if self.clients[at].events.is_none() {
                    self.connect(at);
                }
                self.clients[at].read(&self.model, most).await;
            }
            // It hops to another node, or loses its connection.
            190..215 => {
                let at = self.rng.usize(..self.clients.len());
                self.clients[at].events = None;
            }
            215..225 => {
                let at = self.rng.usize(..self.nodes.len());
                if let Some(node) = Self::node(&mut self.rng, &self.log).await {
                    self.nodes[at] = node;
                }
            }
            225..232 => self.log.break_tails(),
            232..237 => self.log.set_outage(Outage::Unreachable),
            237..240 => self.log.set_outage(Outage::Hanging),
            240..246 => self.log.set_outage(None),
            246..248 => self.log.set_max_page(self.rng.usize(1..20)),
            248..250 => self.log.set_repeats(self.rng.usize(0..5)),
            250..252 => self.log.trim(self.rng.usize(1..30)),
            252..253 => drop(self.log.append_foreign()),
            253..=254 => {
                let entries = self.rng.usize(1..5);
                self.lose(entries);
            }
            255 => {
                self.log.begin_anew();
                self.model.log.iter_mut().for_each(|published| published.is_lost = true);
            }
        }
    }

    fn lose(&mut self, entries: usize) {
        self.log.lose(entries);
        // Somebody else's may be among those that are lost, so no more than these are.
        let kept = self.model.log.iter_mut().rev().filter(|published| !published.is_lost);
        kept.take(entries).for_each(|published| published.is_lost = true);
    }

    fn connect(&mut self, at: usize) {
        let node = self.rng.usize(..self.nodes.len());
        self.clients[at].connect(&self.nodes[node], &mut self.rng, self.model.log.len());
    }

    async fn publish(&mut self) {
        let topic = TOPICS[self.rng.usize(..TOPICS.len())];
        let number = self.model.log.len();
        match self.rng.u8(..20) {
            0 => self.log.fail_next_append(AppendFault::AnswerLost),
            1 => self.log.fail_next_append(AppendFault::EntryLost),
            _ => {}
        }
        let message_id = format!("{number} {}", self.rng.u64(..));
        for _ in 0..3 {
            let hub = &self.nodes[self.rng.usize(..self.nodes.len())];
            let event = Event::new(number.to_string());
            match hub.publish(topic, event).with_message_id(&*message_id).await {
                Ok(id) => {
                    self.model.place.insert(mark(id.as_str()).to_owned(), number);
                    self.model.log.push(Published { topic, is_lost: false });
                    return;
                }
                Err(PublishError::Unavailable { .. }) => self.log.set_outage(None),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the log stores what it is asked to");
    }
}

async fn run(seed: u64) {
    // The hubs' own chance as well.
    fastrand::seed(seed);
    let mut run = Run::new(seed).await;
    for _ in 0..150 {
        run.step().await;
    }
    run.log.set_outage(None);
    tokio::time::sleep(LONG).await;
    for at in 0..run.clients.len() {
        // It may be sent away, and come back.
        for attempt in 0.. {
            assert!(attempt < 20, "it comes to an end");
            if run.clients[at].events.is_none() {
                run.connect(at);
            }
            if run.clients[at].read(&run.model, usize::MAX).await {
                break;
            }
        }
        run.clients[at].is_complete(&run.model, run.model.log.len());
    }
}

#[test]
fn hubs_that_share_a_log_lose_and_double_nothing_without_saying_so() {
    let seeds = std::env::var("MODEL_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let first = std::env::var("MODEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    for seed in first..first + seeds.unwrap_or(1000) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime can be had");
        let run = std::panic::AssertUnwindSafe(|| runtime.block_on(run(seed)));
        if std::panic::catch_unwind(run).is_err() {
            panic!("seed {seed}");
        }
    }
}
