//! What a stream should be.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use crate::{StreamName, SubjectPrefix};

/// What a stream should be.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) stream: StreamName,
    pub(crate) prefix: Option<SubjectPrefix>,
    pub(crate) count: u64,
    pub(crate) bytes: Option<u64>,
    pub(crate) age: Option<Duration>,
    pub(crate) dedupe: Duration,
    pub(crate) replicas: usize,
    pub(crate) storage: Storage,
}

/// Where a stream keeps what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// On the disks of its servers.
    #[default]
    File,
    /// In the memory of its servers: a server that is started again has nothing.
    Memory,
}

impl Settings {
    pub(crate) fn new() -> Self {
        Self {
            stream: StreamName::new("sse").expect("it is plain"),
            prefix: None,
            count: 100_000,
            bytes: None,
            age: None,
            dedupe: Duration::from_secs(120),
            replicas: 1,
            storage: Storage::File,
        }
    }

    /// What all subjects begin with.
    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_ref().map_or(self.stream.as_str(), SubjectPrefix::as_str)
    }

    /// The subjects of all topics.
    pub(crate) fn subjects(&self) -> String {
        format!("{}.*", self.prefix())
    }

    /// The stream to make, if there is none.
    pub(crate) fn config(&self) -> Config {
        Config {
            name: self.stream.to_string(),
            subjects: vec![self.subjects()],
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            max_messages: limit(Some(self.count)),
            max_bytes: limit(self.bytes),
            max_messages_per_subject: -1,
            max_consumers: -1,
            // What is too old is removed by a tail: the server would remove the newest as well.
            max_age: Duration::ZERO,
            duplicate_window: self.dedupe,
            num_replicas: self.replicas,
            storage: match self.storage {
                Storage::File => StorageType::File,
                Storage::Memory => StorageType::Memory,
            },
            description: Some("a log of tower-sse".into()),
            ..Config::default()
        }
    }
}

/// As the server writes it: -1 for none.
pub(crate) fn limit(limit: Option<u64>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}
