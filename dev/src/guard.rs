//! A guard between a process and its launcher: ends the process when the launcher is gone, however it died.
//!
//! Guard and process are one process group. A signal for the group reaches the process directly; the guard
//! only notes it, and ends when the process does, with its exit code.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpgrp, getppid, kill_process_group};

use crate::clock;
use crate::files::remove_dir;
use crate::interrupt::Interrupt;

const POLL: Duration = Duration::from_millis(200);
const GRACE: Duration = Duration::from_secs(10);

/// How to start the guard.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The handoff-dev program.
    pub program: PathBuf,
    /// A folder to remove when the launcher could not do it.
    pub remove: Option<PathBuf>,
}

impl Guard {
    /// The same command, guarded.
    pub(crate) fn wrap(&self, command: &Command) -> Command {
        let mut guarded = Command::new(&self.program);
        guarded.arg("guard").arg("--parent").arg(std::process::id().to_string());
        if let Some(folder) = &self.remove {
            guarded.arg("--remove").arg(folder);
        }
        guarded.arg("--").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guarded.env(name, value),
                None => guarded.env_remove(name),
            };
        }
        guarded
    }
}

/// Runs a command until it ends or the parent is gone; returns the exit code.
/// Expects to lead a process group.
pub fn run<A: AsRef<OsStr>>(parent: u32, remove: Option<&Path>, program: &OsStr, args: &[A]) -> io::Result<u8> {
    let _signals = Interrupt::register()?;
    let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot run {}: {error}", program.display()));
    let mut child = Command::new(program).args(args).spawn().map_err(named)?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(exit_code(status));
        }
        if !is_child_of(parent) {
            end_group(&mut child, remove)?;
            return Ok(1);
        }
        sleep(POLL);
    }
}

fn is_child_of(parent: u32) -> bool {
    let actual = getppid().map(Pid::as_raw_nonzero).map(|pid| pid.get());
    i32::try_from(parent).is_ok_and(|parent| actual == Some(parent))
}

fn end_group(child: &mut Child, remove: Option<&Path>) -> io::Result<()> {
    let group = getpgrp();
    kill_process_group(group, Signal::TERM)?;
    let started = clock::now();
    while child.try_wait()?.is_none() && started.elapsed() < GRACE {
        sleep(POLL);
    }
    child.kill()?;
    child.wait()?;
    // Another guard of the same launcher does the same; whoever comes last removes the rest.
    if let Some(folder) = remove {
        let _ = remove_dir(folder);
    }
    // Whatever the command left behind in the group, and the guard itself.
    kill_process_group(group, Signal::KILL)?;
    Ok(())
}

/// The exit code as a shell shows it: 128 and the signal for one that was killed.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
