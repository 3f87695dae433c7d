//! What is set up in a way that loses entries.

use std::collections::HashMap;

use redis::{RedisError, Value};

use crate::fault;
use crate::reply::{pairs, text};
use crate::settings::Settings;

/// What a server says of itself, as far as we may ask.
#[derive(Debug, Default)]
pub(crate) struct CheckUp(HashMap<String, String>);

/// What is asked for.
pub(crate) const CONFIG: [&str; 4] =
    ["save", "appendfsync", "min-replicas-to-write", "proto-max-bulk-len"];

impl CheckUp {
    /// Reads the answers to `INFO` and `CONFIG GET`. Not everybody may ask.
    pub(crate) fn read(info: Value, config: Value) -> Self {
        let info = text(info).unwrap_or_default();
        let info = info.lines().filter_map(|line| line.split_once(':'));
        let mut said: HashMap<String, String> =
            info.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let config = pairs(config).unwrap_or_default();
        said.extend(config.into_iter().filter_map(|(name, value)| Some((name, text(value)?))));
        Self(said)
    }

    /// Whether it is too old.
    pub(crate) fn check_age(&self) -> Result<(), RedisError> {
        let version = self.said("redis_version");
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        if major.is_some_and(|major| major < 7) { Err(fault::too_old()) } else { Ok(()) }
    }

    /// What its owner should know.
    pub(crate) fn warnings(&self, settings: &Settings) -> Vec<String> {
        let all = [self.eviction(), self.persistence(), self.replicas(), self.payload(settings)];
        all.into_iter().flatten().collect()
    }

    fn said(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.said(name)?.parse().ok()
    }

    fn eviction(&self) -> Option<String> {
        let policy = self.said("maxmemory_policy")?;
        if policy.starts_with("allkeys-") {
            return Some(format!(
                "maxmemory-policy is {policy}: the whole log may be evicted; set noeviction"
            ));
        }
        (policy.starts_with("volatile-") && self.number("maxmemory") != Some(0))
            .then(|| format!("maxmemory-policy is {policy}: message ids may be forgotten too soon"))
    }

    fn persistence(&self) -> Option<String> {
        if self.said("aof_enabled")? == "1" {
            return (self.said("appendfsync") == Some("no"))
                .then(|| "appendfsync is no: half a minute may be lost with the power".to_owned());
        }
        let lost = match self.said("save") {
            Some("") => "neither appendonly nor save is set: the log is lost when redis ends",
            Some(_) => {
                "appendonly is not set: what came since the last snapshot is lost in a crash"
            }
            None => "appendonly is not set: what came since the last snapshot may be lost, or all",
        };
        Some(lost.to_owned())
    }

    fn replicas(&self) -> Option<String> {
        if self.said("role") == Some("slave") {
            return Some("server is a replica: it takes no entries".to_owned());
        }
        let is_alone = self.number("connected_slaves")? == 0;
        (!is_alone && self.number("min-replicas-to-write") == Some(0)).then(|| {
            "min-replicas-to-write is 0: a master that is cut off goes on, and what it takes is lost"
                .to_owned()
        })
    }

    fn payload(&self, settings: &Settings) -> Option<String> {
        let most = self.number("proto-max-bulk-len")?;
        (most < settings.max_event).then(|| {
            format!("proto-max-bulk-len is {most}: it breaks the connection over larger events")
        })
    }
}

#[cfg(test)]
mod tests;
