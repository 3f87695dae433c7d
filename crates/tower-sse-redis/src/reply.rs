//! What Redis answers.

use redis::{ErrorKind, RedisError, RedisResult, Value};
use tower_sse_hub::Position;

use crate::id;

/// An entry as it lies in the stream: whoever wrote it.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) position: Position,
    /// Names and values in turn.
    pub(crate) fields: Vec<Value>,
}

impl Raw {
    /// How many bytes it has, about.
    pub(crate) fn len(&self) -> usize {
        let len = |field: &Value| match field {
            Value::BulkString(bytes) => bytes.len(),
            _ => 0,
        };
        self.fields.iter().map(len).sum()
    }
}

/// The entries of a range.
pub(crate) fn entries(reply: Value) -> RedisResult<Vec<Raw>> {
    array(reply)?.into_iter().map(entry).collect()
}

/// The entries of the one stream that was waited for: none when nothing came.
pub(crate) fn waited_entries(reply: Value) -> RedisResult<Vec<Raw>> {
    let of_key = match reply {
        Value::Nil => return Ok(Vec::new()),
        // As RESP3 has it.
        Value::Map(mut streams) => streams.pop().map(|(_, entries)| entries),
        streams => array(streams)?.pop().map(array).transpose()?.and_then(|mut pair| pair.pop()),
    };
    entries(of_key.ok_or_else(unexpected)?)
}

/// Names and values, of which only those of text are given.
pub(crate) fn pairs(reply: Value) -> RedisResult<Vec<(String, Value)>> {
    let pairs: Vec<_> = match reply {
        Value::Map(pairs) => pairs,
        flat => {
            let mut values = array(flat)?.into_iter();
            std::iter::from_fn(|| values.next().zip(values.next())).collect()
        }
    };
    Ok(pairs.into_iter().filter_map(|(name, value)| Some((text(name)?, value))).collect())
}

/// Text, if it is.
pub(crate) fn text(reply: Value) -> Option<String> {
    match reply {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text),
        _ => None,
    }
}

/// Whether it is an error.
pub(crate) fn check(reply: Value) -> RedisResult<()> {
    match reply {
        Value::ServerError(error) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Several answers in one; an error is one as well.
pub(crate) fn array(reply: Value) -> RedisResult<Vec<Value>> {
    match reply {
        Value::ServerError(error) => Err(error.into()),
        Value::Array(values) => Ok(values),
        Value::Nil => Ok(Vec::new()),
        _ => Err(unexpected()),
    }
}

/// One entry.
pub(crate) fn entry(reply: Value) -> RedisResult<Raw> {
    let mut parts = array(reply)?.into_iter();
    let (Some(Value::BulkString(id)), Some(fields)) = (parts.next(), parts.next()) else {
        return Err(unexpected());
    };
    let position = id::read(&id).ok_or_else(unexpected)?;
    Ok(Raw { position, fields: array(fields)? })
}

/// An answer that is none to what was asked.
pub(crate) fn unexpected() -> RedisError {
    (ErrorKind::UnexpectedReturnType, "redis gave an unexpected answer").into()
}
