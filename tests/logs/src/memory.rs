//! Logs in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tower_sse_hub::log::{MemoryLog, Outage};

use crate::{Disk, Engine};

/// Logs in the memory of this process: what the others are compared with.
#[derive(Debug)]
pub struct Memory {
    disk: Disk,
    logs: Mutex<HashMap<String, MemoryLog>>,
}

impl Memory {
    fn logs(&self) -> MutexGuard<'_, HashMap<String, MemoryLog>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_outage(&self, outage: impl Into<Option<Outage>>) {
        let outage = outage.into();
        self.logs().values().for_each(|log| log.set_outage(outage));
    }

    fn find(&self, name: &str, make: impl FnOnce() -> MemoryLog) -> MemoryLog {
        self.logs().entry(name.to_owned()).or_insert_with(make).clone()
    }
}

impl Engine for Memory {
    type Log = MemoryLog;

    const NAME: &'static str = "memory";

    async fn start(disk: Disk) -> Self {
        Self { disk, logs: Mutex::default() }
    }

    fn url(&self) -> String {
        "memory:".to_owned()
    }

    // There is no way to it, so there is no other.
    fn log_at(&self, _url: &str, name: &str) -> MemoryLog {
        self.find(name, || MemoryLog::new().with_count(1_000_000))
    }

    fn bounded(&self, name: &str, entries: usize) -> MemoryLog {
        self.find(name, || MemoryLog::new().with_count(entries))
    }

    fn kill(&mut self) {
        self.set_outage(Outage::Unreachable);
        self.logs().values().for_each(MemoryLog::break_tails);
    }

    async fn restart(&mut self) {
        if self.disk == Disk::Forgets {
            self.logs().values().for_each(MemoryLog::begin_anew);
        }
        self.set_outage(None);
    }

    fn freeze(&self) {
        self.set_outage(Outage::Hanging);
    }

    fn thaw(&self) {
        self.set_outage(None);
    }

    async fn wipe(&self, name: &str) {
        self.log(name).begin_anew();
    }
}
