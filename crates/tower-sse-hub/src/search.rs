//! Where a position is among many.

use crate::Position;

/// How many of `len` ascending positions, of which `at` gives each, are not after `position`.
///
/// The first guess is where it would be if they were spread evenly, as those of one busy topic are:
/// then it takes the same few steps among a million as among a thousand.
pub(crate) fn count_upto(len: usize, position: Position, at: impl Fn(usize) -> Position) -> usize {
    if len == 0 {
        return 0;
    }
    let is_upto = |i| at(i) <= position;
    // All before `low` are, and none from `high` on.
    let (mut low, mut high) = (0, len);
    let guess = guess(len, position, at(0), at(len - 1));
    let mut step = 1;
    if is_upto(guess) {
        low = guess + 1;
        while low < high {
            let probe = (low + step - 1).min(high - 1);
            if !is_upto(probe) {
                high = probe;
                break;
            }
            low = probe + 1;
            step *= 2;
        }
    } else {
        high = guess;
        while low < high {
            let probe = high.saturating_sub(step).max(low);
            if is_upto(probe) {
                low = probe + 1;
                break;
            }
            high = probe;
            step *= 2;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if is_upto(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn guess(len: usize, position: Position, first: Position, last: Position) -> usize {
    let offset = |position: Position| u128::from(position.first().saturating_sub(first.first()));
    let share = offset(position) * (len - 1) as u128 / offset(last).max(1);
    share.min((len - 1) as u128) as usize
}

#[cfg(test)]
mod tests;
