//! The numbers of this machine.

use serde::Serialize;
use sysinfo::System;

use crate::{Moment, StartError};

/// What this machine was doing at one moment.
#[derive(Debug, Serialize)]
pub struct Machine {
    at: Moment,
    /// How busy the processor was since the sample before, in percent.
    cpu: f32,
    /// The same for each core.
    cores: Vec<f32>,
    /// Memory in use, in bytes.
    memory_used: u64,
    /// All memory, in bytes.
    memory_total: u64,
    /// How many tasks wanted to run, on average over 1, 5 and 15 minutes,
    /// where the system counts that.
    load: Option<[f64; 3]>,
    /// Seconds since the machine was started.
    uptime: Option<u64>,
}

/// Reads the numbers, and remembers what it needs to tell how busy the cores were in between.
pub(crate) struct Sampler(System);

impl Sampler {
    /// A sampler that counts from now.
    pub(crate) fn new() -> Result<Self, StartError> {
        let mut system = System::new()
            .map_err(|cause| StartError::new(format!("cannot read this machine: {cause}")))?;
        system.refresh_cpu_usage();
        Ok(Self(system))
    }

    /// Takes a sample: on Linux, a few reads in `/proc` that do not wait for anything.
    pub(crate) fn sample(&mut self) -> Machine {
        let Self(system) = self;
        system.refresh_cpu_usage();
        system.refresh_memory();
        Machine {
            at: Moment::now(),
            cpu: tenths(system.global_cpu_usage()),
            cores: system.cpus().iter().map(|core| tenths(core.usage())).collect(),
            memory_used: system.used_memory(),
            memory_total: system.total_memory(),
            load: System::load_average().ok().map(|load| [load.one, load.five, load.fifteen]),
            uptime: System::uptime().ok(),
        }
    }
}

fn tenths(percent: f32) -> f32 {
    (percent * 10.0).round() / 10.0
}
