//! What the kernel says of the memory of a process.

/// In MiB.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    /// What it holds now.
    pub now: f64,
    /// The most that it held since the last measurement.
    pub peak: f64,
}

/// Of a process; none when it has ended.
pub fn look(pid: u32) -> Option<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kib: u32 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(f64::from(kib) / 1024.0)
    };
    Some(Memory {
        now: field("VmRSS:")?,
        peak: field("VmHWM:")?,
    })
}

/// The peak counts anew from here on: see proc_pid_clear_refs(5).
pub fn forget_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}
