//! What is asked of our decoder.

use crate::cut::Cut;
use crate::row::Row;

/// What must hold of a figure, wherever there is one.
struct Goal {
    name: &'static str,
    bound: Bound,
    /// The figure of a cell.
    figure: fn(&Row) -> Option<f64>,
}

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

const GOALS: [Goal; 5] = [
    Goal {
        name: "deltas, best rival/ours",
        bound: Bound::AtLeast(1.5),
        figure: |row| row.best_rival().filter(|_| is_usual(row)),
    },
    Goal {
        name: "deltas, ours/floor",
        bound: Bound::AtMost(1.6),
        figure: |row| row.over_floor().filter(|_| is_usual(row)),
    },
    Goal {
        name: "single bytes, best rival/ours",
        bound: Bound::AtLeast(1.5),
        figure: |row| row.best_rival().filter(|_| is_asked(row) && row.cell.cut == Cut::BYTE),
    },
    Goal {
        name: "elsewhere, best rival/ours",
        bound: Bound::AtLeast(1.0),
        figure: |row| {
            row.best_rival()
                .filter(|_| is_asked(row) && !is_usual(row) && row.cell.cut != Cut::BYTE)
        },
    },
    Goal { name: "512 KiB/256 KiB, by the byte", bound: Bound::AtMost(1.3), figure: Row::growth },
];

/// A line that says which goals hold, with the worst figure of each, and whether all do.
pub(crate) fn verdict(rows: &[Row]) -> (String, bool) {
    let (mut held, mut missed) = (Vec::new(), Vec::new());
    for goal in GOALS {
        let figures = rows.iter().filter_map(|row| Some(((goal.figure)(row)?, row.cell.name())));
        let worst = match goal.bound {
            Bound::AtLeast(_) => figures.min_by(|(a, _), (b, _)| a.total_cmp(b)),
            Bound::AtMost(_) => figures.max_by(|(a, _), (b, _)| a.total_cmp(b)),
        };
        // The filter left none.
        let Some((figure, cell)) = worst else { continue };
        let (holds, bound) = match goal.bound {
            Bound::AtLeast(bound) => (figure >= bound, format!(">= {bound}")),
            Bound::AtMost(bound) => (figure <= bound, format!("<= {bound}")),
        };
        let list = if holds { &mut held } else { &mut missed };
        list.push(format!("{} {bound} ({figure:.2} at {cell})", goal.name));
    }
    let missed_none = missed.is_empty();
    let [held, missed] = [held, missed].map(|list| match &list[..] {
        [] => "none".to_owned(),
        list => list.join("; "),
    });
    (format!("held: {held} | missed: {missed}"), missed_none)
}

/// Whether a goal is set for it. The other cells are there to be looked at: rivals that give no
/// comments have less to do in `keep-alive`.
fn is_asked(row: &Row) -> bool {
    ["delta", "typed", "4k"].contains(&row.cell.corpus.name) && row.cell.cut != Cut::Bytes(64)
}

/// Whether it is what most streams are: deltas in chunks that a socket gives.
fn is_usual(row: &Row) -> bool {
    row.cell.corpus.name == "delta" && ![Cut::BYTE, Cut::Bytes(64)].contains(&row.cell.cut)
}
