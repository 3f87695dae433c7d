//! When the server stored an entry.

/// When the server stored an entry: nanoseconds since 1970, by its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) u64);

impl Stamp {
    /// Reads `2026-11-26T17:13:44.123456789Z`, the one way in which servers write it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        let nanos: u64 = format!("{fraction:0<9}").parse().ok().filter(|_| fraction.len() <= 9)?;
        let seconds = days(year, month, day)?.checked_mul(86_400)?;
        let seconds = seconds.checked_add(hour * 3600 + minute * 60 + second)?;
        Some(Self(seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?))
    }

    /// A number by which entries are told apart that were stored at different times. Never zero.
    pub(crate) fn check(self) -> u32 {
        (self.0 as u32 ^ (self.0 >> 32) as u32).max(1)
    }
}

/// Three numbers of at most four digits.
fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse::<u16>().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers.map(u64::from))
}

/// The days from 1970 to this one, counted in years that begin in March, so that leap days come last.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests;
