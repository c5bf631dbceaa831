//! The tables.

use crate::hall::Size;
use crate::memory::Memory;
use std::time::Duration;

/// Stages that the same writes without an operator are compared with.
pub const FIRST: &str = "sync of the first export";
pub const HAND_OVER: &str = "requests handed over";
pub const CONFIRM: &str = "orders confirmed";
pub const CHANGES: &str = "sync of the export that proves them";
pub const PROOF: &str = "  until all are Verified";

/// Whose memory is not the operator's.
pub const PLUGIN: &str = "  the plugin meanwhile";

/// What happened, and what it took.
pub struct Stage {
    name: &'static str,
    took: Duration,
    writes: usize,
}

impl Stage {
    pub fn of(name: &'static str, took: Duration, writes: usize) -> Self {
        Self { name, took, writes }
    }

    fn rate(&self) -> f64 {
        per_second(self.writes, self.took)
    }
}

fn per_second(writes: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(writes).unwrap()) / took.as_secs_f64()
}

/// Everything that was measured.
pub struct Report {
    size: Size,
    stages: Vec<Stage>,
    bare: Vec<Stage>,
    memory: Vec<(&'static str, Memory)>,
}

/// How many objects of a kind there are, and how long they are as JSON.
pub struct Bytes {
    pub kind: &'static str,
    pub count: usize,
    pub bytes: usize,
}

impl Report {
    pub fn of(size: Size) -> Self {
        Self {
            size,
            stages: Vec::new(),
            bare: Vec::new(),
            memory: Vec::new(),
        }
    }

    pub fn stage(&mut self, stage: Stage) {
        eprintln!("{:>8.1} s  {}", stage.took.as_secs_f64(), stage.name.trim());
        self.stages.push(stage);
    }

    pub fn bare(&mut self, stage: Stage) {
        eprintln!(
            "{:>8.1} s  as many bare writes: {}",
            stage.took.as_secs_f64(),
            stage.name.trim()
        );
        self.bare.push(stage);
    }

    pub fn memory(&mut self, when: &'static str, memory: Memory) {
        self.memory.push((when, memory));
    }

    pub fn print(&self, bytes: &[Bytes], events: usize) {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let Size { resources, orders } = self.size;
        println!(
            "{resources} ManagedResources and {orders} orders of one type; {cores} cores for everything, optimised build"
        );
        println!(
            "bare: the same writes for {} orders where there is no operator, by a client that only writes\n",
            self.size.bare()
        );
        println!(
            "{:<44} {:>9} {:>8} {:>9} {:>8} {:>6}",
            "stage", "seconds", "writes", "writes/s", "bare/s", "ratio"
        );
        for stage in &self.stages {
            self.line(stage);
        }
        println!("\nevents, which are not among these writes: {events}");
        println!("\n{:<44} {:>9} {:>9}", "memory, MiB: the operator", "resident", "peak");
        for (when, Memory { now, peak }) in &self.memory {
            println!("{when:<44} {now:>9.0} {peak:>9.0}");
        }
        println!(
            "\n{:<44} {:>9} {:>9} {:>9}",
            "objects as JSON", "count", "MiB", "bytes each"
        );
        for Bytes { kind, count, bytes } in bytes {
            let mib = f64::from(u32::try_from(*bytes).unwrap()) / 1024.0 / 1024.0;
            println!("{kind:<44} {count:>9} {mib:>9.1} {:>9}", bytes / count);
        }
    }

    fn line(&self, stage: &Stage) {
        let Stage { name, took, writes } = stage;
        print!("{name:<44} {:>9.2} {writes:>8}", took.as_secs_f64());
        if let Some(bare) = self.bare.iter().find(|bare| bare.name == *name) {
            let (product, bare) = (stage.rate(), bare.rate());
            print!(" {product:>9.0} {bare:>8.0} {:>6.2}", product / bare);
        }
        println!();
    }
}
