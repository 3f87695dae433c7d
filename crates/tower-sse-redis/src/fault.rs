//! What goes wrong, and whether it will be better by itself.

use redis::{ErrorKind, RedisError};
use tower_sse_hub::log::{AppendError, LogError};

/// Whether somebody has to do something about it.
fn is_fatal(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::AuthenticationFailed
        | ErrorKind::Client
        | ErrorKind::EmptySentinelList
        | ErrorKind::InvalidClientConfig
        | ErrorKind::RESP3NotSupported
        | ErrorKind::UnexpectedReturnType => true,
        _ => error.code().is_some_and(is_fatal_code),
    }
}

fn is_fatal_code(code: &str) -> bool {
    // A node of a cluster that has not this key will never have it; `ERR` is a command not known.
    ["NOAUTH", "WRONGPASS", "NOPERM", "WRONGTYPE", "MOVED", "CROSSSLOT", "ERR"].contains(&code)
}

/// Whether the server has answered, and so has done nothing.
fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// Whether another connection may lead to a server that is better: this one does not answer, or
/// says that it is no master, or not ready.
pub(crate) fn is_of_connection(error: &RedisError) -> bool {
    !is_answer(error)
        || error.code().is_some_and(|code| {
            ["READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "UNBLOCKED"].contains(&code)
        })
}

/// Whether there is no key of this name.
pub(crate) fn is_no_key(error: &RedisError) -> bool {
    error.code() == Some("ERR") && error.detail().is_some_and(|why| why.contains("no such key"))
}

pub(crate) fn too_old() -> RedisError {
    (ErrorKind::InvalidClientConfig, "server is older than redis 7.0").into()
}

/// Why the log cannot be read.
pub(crate) fn of_log(error: RedisError) -> LogError {
    if is_fatal(&error) { LogError::fatal(error) } else { LogError::transient(error) }
}

/// Why an entry was not stored that was not sent.
pub(crate) fn unsent(error: RedisError) -> AppendError {
    refused_or(false, error)
}

/// Why an entry was not stored that was sent.
pub(crate) fn of_append(error: RedisError) -> AppendError {
    refused_or(!is_answer(&error), error)
}

fn refused_or(maybe_stored: bool, error: RedisError) -> AppendError {
    if !maybe_stored && is_fatal(&error) {
        AppendError::refused(error)
    } else {
        // Also when memory or the disk is full: then it was not stored, and may be later.
        AppendError::unavailable(maybe_stored, error)
    }
}
