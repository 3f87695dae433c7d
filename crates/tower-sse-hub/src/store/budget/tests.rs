use std::time::Duration;

use tokio::time::Instant;
use tower_sse_codec::Event;

use crate::store::Store;
use crate::{Retention, TopicName};

#[test]
fn a_topic_is_listed_once_however_often_it_ages_out() {
    let age = Duration::from_secs(60);
    let mut store = Store::new(Retention::new().with_age(age));
    let name = TopicName::new("a").expect("a short name");
    let mut now = Instant::now();
    for _ in 0..1000 {
        store.publish(&name, Event::new("x"), None, now).expect("published");
        now += age;
        // Whoever comes finds it empty, and it stays.
        let (topic, _) = store.join(&name, now);
        assert_eq!(topic.lock().history.len(), 0);
        store.publish(&name, Event::new("x"), None, now).expect("published");
        now += age;
        store.leave(&topic);
    }
    assert!(store.budget.oldest.len() <= 1, "{}", store.budget.oldest.len());
    assert!(store.budget.bytes < 1000, "{}", store.budget.bytes);
}
