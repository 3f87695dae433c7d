use std::env;
use std::fmt;
use std::process::Command;

/// One line of a task: a name, and the command that proves it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) action: Action,
    /// Whether a pass without a single test is a failure.
    pub(crate) needs_tests: bool,
    /// Whether a failure is only said aloud.
    pub(crate) optional: bool,
    /// Whether the output is the result, and is printed.
    pub(crate) shown: bool,
}

#[derive(Debug)]
pub(crate) enum Action {
    Run(Command),
    /// Not possible here, and why.
    Skip(String),
}

impl Step {
    /// A step that runs `line`, split at spaces.
    pub(crate) fn new(name: impl Into<String>, line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        forget_outer_cargo(&mut command);
        Self::from_action(name, Action::Run(command))
    }

    /// A step that runs `cargo` with the arguments in `line`.
    pub(crate) fn cargo(name: impl Into<String>, line: &str) -> Self {
        Self::new(name, &format!("cargo {line}"))
    }

    /// A step of `cargo test` (or `bench`): it fails as well if it runs no test.
    pub(crate) fn tests(name: impl Into<String>, line: &str) -> Self {
        Self { needs_tests: true, ..Self::cargo(name, line) }
    }

    /// A step that cannot be taken on this machine: said aloud and counted.
    pub(crate) fn skip(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::from_action(name, Action::Skip(reason.into()))
    }

    #[must_use]
    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Self {
        if let Action::Run(command) = &mut self.action {
            command.env(name, value);
        }
        self
    }

    #[must_use]
    pub(crate) fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    #[must_use]
    pub(crate) fn shown(self) -> Self {
        Self { shown: true, ..self }
    }

    fn from_action(name: impl Into<String>, action: Action) -> Self {
        Self { name: name.into(), action, needs_tests: false, optional: false, shown: false }
    }
}

/// The arguments that give cargo `option` once for each name.
pub(crate) fn each<'a>(option: &str, names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("{option} {name} ")).collect()
}

/// The line that runs the step alone, in a shell.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            Action::Run(command) => {
                for (name, value) in command.get_envs() {
                    if let Some(value) = value {
                        write!(f, "{}='{}' ", name.display(), value.display())?;
                    }
                }
                write!(f, "{}", command.get_program().display())?;
                command.get_args().try_for_each(|arg| write!(f, " {}", arg.display()))
            }
            Action::Skip(reason) => f.write_str(reason),
        }
    }
}

// `cargo run` tells its child about itself. Left in place, `CARGO` would make another cargo call
// this one, and build scripts that watch `CARGO_PKG_*` would run again after every plain build.
fn forget_outer_cargo(command: &mut Command) {
    let of_outer = |name: &str| {
        name == "CARGO" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(of_outer) {
            command.env_remove(name);
        }
    }
}

#[cfg(test)]
mod tests;
