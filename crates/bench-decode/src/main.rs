//! What an event costs to decode: `bench-decode [FILTER [ROUNDS]]`.
//!
//! Decoders take turns at the same chunks, round after round, so that a ratio is between neighbours
//! in time. The filter is a part of a cell's name, such as `delta/` or `/16k`. A cell is a row: what
//! an event costs us, how much more it costs to own it, how much less the floor takes, and for each
//! rival its time over ours, of which `best` is the smallest. A goal that is missed makes it fail.
//!
//! ```text
//! cargo build --release -p bench-decode && target/release/bench-decode
//! ```
//!
//! `bench-decode count WAY CORPUS CUT N` decodes one corpus N times and does nothing else. The slope
//! between two N, under callgrind, is the number of instructions that a pass takes:
//!
//! ```text
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/bench-decode count ours delta 16k 2
//! ```
//!
//! `eventsource-client` is not among the rivals: its decoder can only be had through its HTTP client.

mod cell;
mod corpus;
mod cut;
mod goal;
mod growth;
mod median;
mod row;
mod tally;
mod way;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use crate::cell::Cell;
use crate::row::Row;
use crate::way::WAYS;

const USAGE: &str = "usage: bench-decode [FILTER [ROUNDS]] | bench-decode count WAY CORPUS CUT N";
const ROUNDS: usize = 25;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => compare("", ROUNDS),
        ["count", way, corpus, cut, n] => {
            count(way, &format!("{corpus}/{cut}"), n.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        [filter] => compare(filter, ROUNDS),
        [filter, rounds] => compare(filter, rounds.parse()?),
        _ => Err(USAGE.into()),
    }
}

/// Prints a row for each cell that passes `filter`, and says which goals hold.
fn compare(filter: &str, rounds: usize) -> Result<ExitCode> {
    if rounds == 0 {
        return Err("a median needs a round".into());
    }
    println!("{}", row::heading());
    let mut rows = Vec::new();
    for cell in Cell::all().filter(|cell| cell.name().contains(filter)) {
        let row = Row::measure(cell, rounds)?;
        println!("{row}");
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(format!("no cell has {filter:?} in its name").into());
    }
    for failure in row::failures(&rows) {
        println!("{failure}");
    }
    let (line, all_hold) = goal::verdict(&rows);
    println!("{line}");
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn count(way: &str, cell: &str, n: usize) -> Result<()> {
    let way = WAYS.iter().find(|it| it.name == way).ok_or("no such way")?;
    let cell = Cell::all().find(|it| it.name() == cell).ok_or("no such corpus, or not so cut")?;
    let recording = cell.recording();
    let chunks = recording.chunks(cell.cut);
    for _ in 0..n {
        assert_eq!(way.decode(&chunks)?, recording.tally);
    }
    println!("{} events in a pass", recording.tally.events);
    Ok(())
}
