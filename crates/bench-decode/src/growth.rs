//! How the cost of a byte grows with the size of its event.

use crate::Result;
use crate::cell::Cell;
use crate::median::median;
use crate::way::{OURS, WAYS};

/// The median of what a byte costs us in `cell` over what it costs in the cell of half the size, if
/// there is one. The two take turns.
pub(crate) fn measure(cell: Cell, rounds: usize) -> Result<Option<f64>> {
    let Some(half) = cell.half() else { return Ok(None) };
    let recordings = [cell.recording(), half.recording()];
    let chunks = [recordings[0].chunks(cell.cut), recordings[1].chunks(half.cut)];
    let seconds_per_byte = |i: usize| -> Result<f64> {
        let time = WAYS[OURS].time(&chunks[i], recordings[i].tally)?;
        Ok(time.as_secs_f64() / recordings[i].stream.len() as f64)
    };
    let ratios = (0..rounds).map(|_| Ok(seconds_per_byte(0)? / seconds_per_byte(1)?));
    Ok(Some(median(ratios.collect::<Result<_>>()?)))
}
