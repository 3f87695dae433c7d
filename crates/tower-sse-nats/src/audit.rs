//! Whether a stream can be a log, and what is to be said of it.

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use crate::api::Info;
use crate::fault::Fault;
use crate::settings::{Settings, limit};

/// Whether a stream can be a log: it has an entry for each position, and takes those of all topics.
pub(crate) fn check(config: &Config, settings: &Settings) -> Result<(), Fault> {
    let why = if config.max_messages_per_subject > 0 {
        "it has max_msgs_per_subject, and loses entries in between"
    } else if config.retention != RetentionPolicy::Limits {
        "it loses what was read: its retention is not by limits"
    } else if config.no_ack {
        "it does not say what it has stored: it has no_ack"
    } else if config.mirror.is_some() {
        "it is the mirror of another"
    } else if !config.subjects.iter().any(|pattern| covers(pattern, &settings.subjects())) {
        "it does not take the subjects of the log"
    } else {
        return Ok(());
    };
    Err(Fault::Unusable(format!("stream {} cannot be a log: {why}", config.name)))
}

/// What is to be said of a stream that loses entries, or will, or does not keep what was asked for.
pub(crate) fn warnings(info: &Info, settings: &Settings) -> Vec<String> {
    let Info { config, state, .. } = info;
    let mut warnings = Vec::new();
    let mut warn = |is_so: bool, what: &str| {
        if is_so {
            warnings.push(format!("stream {}: {what}", config.name));
        }
    };
    warn(config.num_replicas <= 1, "one replica: what its server loses is lost");
    warn(config.storage == StorageType::Memory, "in memory: a restart loses all");
    warn(state.lost.is_some(), "server could not read all of it from its disk");
    warn(config.discard == DiscardPolicy::New, "discard new: when it is full, it takes no more");
    warn(
        !config.max_age.is_zero(),
        "max_age: the newest entry is removed as well, by which clients resume",
    );
    warn(config.sealed, "sealed: it takes no entries");
    let (count, bytes) = (limit(Some(settings.count)), limit(settings.bytes));
    warn(
        config.max_messages != count,
        &format!("keeps {} entries, and not {count} as asked (-1: any)", config.max_messages),
    );
    warn(
        config.max_bytes != bytes,
        &format!("keeps {} bytes, and not {bytes} as asked (-1: any)", config.max_bytes),
    );
    warn(
        config.deny_purge && settings.age.is_some(),
        "deny_purge: what is too old cannot be removed",
    );
    warn(
        config.duplicate_window < settings.dedupe,
        &format!(
            "knows message ids for {:?}, and not {:?} as asked",
            config.duplicate_window, settings.dedupe
        ),
    );
    warn(
        config.max_message_size > 0,
        &format!("takes no message of more than {} bytes", config.max_message_size),
    );
    warn(
        config.num_replicas < settings.replicas,
        &format!("has {} replicas, and not {} as asked", config.num_replicas, settings.replicas),
    );
    warnings
}

/// Whether a pattern matches all that another does.
fn covers(pattern: &str, other: &str) -> bool {
    let (mut pattern, mut other) = (pattern.split('.'), other.split('.'));
    loop {
        match (pattern.next(), other.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(token)) if token != ">" => {}
            (Some(one), Some(two)) if one == two => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests;
