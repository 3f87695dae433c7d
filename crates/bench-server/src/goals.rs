//! What is asked of a figure.

use std::fmt::Display;
use std::process::ExitCode;

/// What was asked for, and what of it does not hold.
#[derive(Debug, Default)]
pub struct Goals {
    asked: usize,
    missed: Vec<String>,
}

impl Goals {
    /// Asks that a figure be no more than so much.
    pub fn at_most(&mut self, name: impl Display, figure: f64, bound: f64) {
        self.asked += 1;
        if figure.is_nan() || figure > bound {
            self.missed.push(format!("{name} <= {bound:.2} ({figure:.2})"));
        }
    }

    /// Says which are missed, if any: the program fails with them.
    pub fn tell(self) -> ExitCode {
        let held = self.asked - self.missed.len();
        match &self.missed[..] {
            [] => println!("held: all {held} | missed: none"),
            missed => println!("held: {held} | missed: {}", missed.join("; ")),
        }
        if self.missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
