//! The ways to decode, in turns, and what comes of it.

use std::collections::BTreeMap;
use std::fmt;

use crate::Result;
use crate::cell::Cell;
use crate::growth;
use crate::median::median;
use crate::tally::Tally;
use crate::way::{FLOOR, Failure, OURS, OWNED, WAYS};

/// What was measured in a cell.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) cell: Cell,
    tally: Tally,
    /// For each of [`WAYS`].
    times: Vec<Times>,
    growth: Option<f64>,
}

/// The seconds that a way took in each round, or why it took none.
type Times = std::result::Result<Vec<f64>, Failure>;

/// The seconds after which a way sits out the rounds that follow.
const SLOW: f64 = 0.3;

impl Row {
    /// Lets all take turns for so many rounds.
    ///
    /// # Errors
    /// If one of ours does not find what there is.
    pub(crate) fn measure(cell: Cell, rounds: usize) -> Result<Self> {
        let recording = cell.recording();
        let chunks = recording.chunks(cell.cut);
        let mut times: Vec<Times> = vec![Ok(Vec::with_capacity(rounds)); WAYS.len()];
        for _ in 0..rounds {
            for (way, times) in WAYS.iter().zip(&mut times) {
                let Ok(seconds) = times else { continue };
                if seconds.last().is_some_and(|last| *last > SLOW) {
                    continue;
                }
                match way.time(&chunks, recording.tally) {
                    Ok(time) => seconds.push(time.as_secs_f64()),
                    Err(failure) => *times = Err(failure),
                }
            }
        }
        for ours in [OURS, OWNED] {
            if let Err(failure) = &times[ours] {
                return Err(format!("{} at {}: {failure}", WAYS[ours].name, cell.name()).into());
            }
        }
        Ok(Self { cell, tally: recording.tally, times, growth: growth::measure(cell, rounds)? })
    }

    /// Our time over that of the floor, if the floor can do it.
    pub(crate) fn over_floor(&self) -> Option<f64> {
        self.ratio(OURS, FLOOR).ok()
    }

    /// The time of the fastest rival over ours.
    pub(crate) fn best_rival(&self) -> Option<f64> {
        self.rivals().filter_map(std::result::Result::ok).min_by(f64::total_cmp)
    }

    /// What a byte costs us here over what it costs in events of half the size.
    pub(crate) fn growth(&self) -> Option<f64> {
        self.growth
    }

    fn rivals(&self) -> impl Iterator<Item = std::result::Result<f64, &Failure>> {
        (FLOOR + 1..WAYS.len()).map(|rival| self.ratio(rival, OURS))
    }

    fn seconds(&self) -> f64 {
        self.times[OURS].as_ref().map_or(f64::NAN, |seconds| median(seconds.clone()))
    }

    /// The median of what `a` took in a round over what `b` took in the same one.
    fn ratio(&self, a: usize, b: usize) -> std::result::Result<f64, &Failure> {
        let (a, b) = (self.times[a].as_ref()?, self.times[b].as_ref()?);
        Ok(median(a.iter().zip(b).map(|(a, b)| a / b).collect()))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.seconds() * 1e9 / self.tally.events as f64;
        write!(f, "{:<17}{nanos:>10.1}", self.cell.name())?;
        let others = [self.ratio(OWNED, OURS), self.ratio(OURS, FLOOR)];
        for (ratio, width) in others.into_iter().chain(self.rivals()).zip(widths()) {
            match ratio {
                Ok(ratio) => write!(f, "{ratio:>width$.2}")?,
                Err(failure) => write!(f, "{:>width$}", failure.word)?,
            }
        }
        self.best_rival().map_or(Ok(()), |ratio| write!(f, "{ratio:>8.2}"))
    }
}

const HEADS: [&str; 2] = ["owned/ours", "ours/floor"];

/// The line above all rows. A column with the name of a rival has its time over ours.
pub(crate) fn heading() -> String {
    let columns = heads().zip(widths()).map(|(head, width)| format!("{head:>width$}"));
    format!("{:<17}{:>10}{}{:>8}", "", "ns/event", columns.collect::<String>(), "best")
}

fn heads() -> impl Iterator<Item = &'static str> {
    HEADS.into_iter().chain(WAYS[FLOOR + 1..].iter().map(|way| way.name))
}

fn widths() -> impl Iterator<Item = usize> {
    heads().map(|head| head.len() + 2)
}

/// A line for each thing that a way does wrong, with the cells in which it does.
pub(crate) fn failures(rows: &[Row]) -> impl Iterator<Item = String> {
    let mut cells = BTreeMap::<String, Vec<String>>::new();
    for row in rows {
        for (way, times) in WAYS.iter().zip(&row.times) {
            if let Err(failure) = times {
                cells.entry(format!("{} {failure}", way.name)).or_default().push(row.cell.name());
            }
        }
    }
    cells.into_iter().map(|(failure, cells)| format!("{failure} ({})", cells.join(", ")))
}
