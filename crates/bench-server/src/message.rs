//! What a load generator reads, and what it only counts.

use bench_server::nanos;

/// A message of `size` bytes, and at least 52, with the time of its making in nanoseconds: by it
/// the load generator, another process on this machine, measures the latency.
pub(crate) fn stamped(seq: u64, size: usize) -> String {
    let nanos = nanos();
    let head = format!(r#"{{"t":{nanos:020},"s":{seq:010},"p":""#);
    let padding = size.saturating_sub(head.len() + 2);
    head + &"x".repeat(padding) + "\"}"
}

/// A text of `size` bytes; the last of every `line` ends a line, unless it is the last of all.
pub(crate) fn plain(size: usize, line: usize) -> String {
    let letters = ('a'..='z').cycle();
    let ends = |at: usize| line > 0 && at.is_multiple_of(line) && at < size;
    (1..=size).zip(letters).map(|(at, letter)| if ends(at) { '\n' } else { letter }).collect()
}
