//! The name of a log in ids.

const LEN: usize = 8;

/// Eight digits and lower case letters that name the log of this key.
///
/// There is nothing of an incarnation in it: the positions of a log that begins anew go on, as they
/// are time, and checks tell its entries from those of before.
pub(crate) fn of_key(key: &str) -> String {
    // FNV-1a: all nodes must come to the same, whatever they were built with.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in b"redis:".iter().chain(key.as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..LEN)
        .map(|_| {
            let digit = (hash % 36) as u32;
            hash /= 36;
            char::from_digit(digit, 36).expect("a number below 36 is a digit of base 36")
        })
        .collect()
}
