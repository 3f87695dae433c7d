//! What is asked for in a query.

/// What `key` has in `query`.
pub(crate) fn value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(name, value)| (name == key).then_some(value))
}

/// The number that `key` has in `query`.
pub(crate) fn number(query: &str, key: &str) -> Option<u64> {
    value(query, key)?.parse().ok()
}
