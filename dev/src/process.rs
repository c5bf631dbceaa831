//! Processes that outlive us or not: each leads a process group, and is known by pid and start time,
//! so that a pid which was given to somebody else is never signalled.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::files::{FileError, open_log};
use crate::guard::Guard;
use crate::logs;

const POLL: Duration = Duration::from_millis(50);
const AFTER_KILL: Duration = Duration::from_secs(5);

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The program could not be started.
    #[error("cannot start {}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no /proc to know processes by.
    #[error("/proc/{0}/stat cannot be read; this launcher needs Linux")]
    NoProc(u32),
}

/// One process for all time: pid, start time and the boot it belongs to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessId {
    /// The pid, which is also its process group.
    pub pid: u32,
    /// Ticks since boot, from /proc.
    start_time: u64,
    boot: String,
}

impl ProcessId {
    /// The process that has this pid now.
    pub fn of(pid: u32) -> Option<Self> {
        let (_, start_time) = stat(pid)?;
        Some(Self {
            pid,
            start_time,
            boot: boot()?,
        })
    }

    /// Whether it runs; one that ended and was not waited for does not.
    pub fn is_alive(&self) -> bool {
        self.exists() && stat(self.pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
    }

    /// Whether the pid is still its own.
    fn exists(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    fn signal_group(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid.filter(|_| self.exists()) {
            // An error means that it is gone, which is what the signal was for.
            let _ = kill_process_group(pid, signal);
        }
    }
}

fn boot() -> Option<String> {
    Some(
        fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .ok()?
            .trim()
            .to_owned(),
    )
}

fn stat(pid: u32) -> Option<(char, u64)> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// State and start time; the name before them is in parentheses and may contain anything.
fn parse_stat(line: &str) -> Option<(char, u64)> {
    let fields: Vec<_> = line.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.first()?.chars().next()?, fields.get(19)?.parse().ok()?))
}

/// A process that we started, or found running.
#[derive(Debug)]
pub struct Process {
    id: ProcessId,
    child: Option<Child>,
    /// The log, and where its part of it begins.
    log: Option<(PathBuf, u64)>,
}

impl Process {
    /// Starts a program in a process group of its own, without input, its output appended to a log.
    pub fn spawn(command: &Command, log: &Path, guard: Option<&Guard>) -> Result<Self, Error> {
        let begin = logs::length(log);
        let output = open_log(log)?;
        let errors = output.try_clone().map_err(FileError::new("open", log))?;
        let mut command = match guard {
            Some(guard) => guard.wrap(command),
            None => copy(command),
        };
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let mut process = Self::spawn_group(&mut command)?;
        process.log = Some((log.to_owned(), begin));
        Ok(process)
    }

    /// Starts a program in a process group of its own, its streams as they were set.
    pub(crate) fn spawn_group(command: &mut Command) -> Result<Self, Error> {
        let program = PathBuf::from(command.get_program());
        let mut child = command
            .process_group(0)
            .spawn()
            .map_err(|source| Error::Start { program, source })?;
        let Some(id) = ProcessId::of(child.id()) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::NoProc(child.id()));
        };
        Ok(Self {
            id,
            child: Some(child),
            log: None,
        })
    }

    /// The process that was noted earlier.
    pub fn attach(id: ProcessId) -> Self {
        Self {
            id,
            child: None,
            log: None,
        }
    }

    /// Which one it is.
    pub fn id(&self) -> &ProcessId {
        &self.id
    }

    /// Whether it runs.
    pub fn is_alive(&self) -> bool {
        self.id.is_alive()
    }

    /// How it ended, if it is ours and did.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok()?
    }

    /// What it wrote to its log since it was started here.
    pub fn output(&self) -> String {
        self.log
            .as_ref()
            .map(|(path, begin)| logs::since(path, *begin))
            .unwrap_or_default()
    }

    /// How it ended, in words; None while it runs.
    pub(crate) fn ended(&mut self) -> Option<String> {
        if self.is_alive() {
            return None;
        }
        Some(
            self.exit_status()
                .map_or("ended".to_owned(), |status| format!("ended at once ({status})")),
        )
    }

    /// Sends a signal to its group.
    pub(crate) fn signal(&self, signal: Signal) {
        self.id.signal_group(signal);
    }

    /// Waits until it is gone, at most so long; says whether it is.
    pub(crate) fn wait(&self, at_most: Duration) -> bool {
        let started = clock::now();
        while self.is_alive() {
            if started.elapsed() >= at_most {
                return false;
            }
            sleep(POLL);
        }
        true
    }

    /// Asks its group to end, and ends it if it does not within the grace time.
    pub fn stop(&mut self, grace: Duration) {
        self.signal(Signal::TERM);
        self.wait(grace);
        // Ours is not waited for before this, so the pid is still its own.
        self.signal(Signal::KILL);
        self.wait(AFTER_KILL);
        if let Some(child) = &mut self.child {
            let _ = child.try_wait();
        }
    }
}

pub(crate) fn copy(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::{Process, ProcessId, parse_stat};
    use std::process::Command;
    use std::time::Duration;

    #[test]
    fn stat_of_a_process_with_an_odd_name() {
        let line = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2 3";
        assert_eq!(parse_stat(line), Some(('S', 98765)));
        assert_eq!(parse_stat("nonsense"), None);
    }

    #[test]
    fn a_recycled_pid_is_somebody_else() {
        let me = ProcessId::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        assert!(
            !ProcessId {
                start_time: me.start_time + 1,
                ..me.clone()
            }
            .is_alive()
        );
        assert!(
            !ProcessId {
                boot: "another".to_owned(),
                ..me
            }
            .is_alive()
        );
    }

    #[test]
    fn stop_ends_the_whole_group() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & sleep 60"]);
        let mut process = Process::spawn_group(&mut command).unwrap();
        assert!(process.is_alive());
        process.stop(Duration::from_secs(5));
        assert!(!process.is_alive());
    }
}
