//! The operator as a process beside the control plane, with the rights of its service account only.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, UNIX_EPOCH};

use crate::files::FileError;
use crate::guard::Guard;
use crate::interrupt::Interrupt;
use crate::layout::Layout;
use crate::process::{self, Process};
use crate::state::{self, Operator, State};
use crate::{clock, http, logs, ports};

const TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);
const GRACE: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 5;

/// Why the operator does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such program.
    #[error(
        "there is no operator at {}: build it with `cargo build`, name another with --operator, \
         or leave it out with --no-operator",
        .0.display()
    )]
    Missing(PathBuf),
    /// It ended or did not get ready.
    #[error("the operator {reason}; the last lines of {}:\n{lines}", log.display())]
    Failed {
        /// What happened.
        reason: String,
        /// Its log.
        log: PathBuf,
        /// The end of its log.
        lines: String,
        /// Whether another process took its port first.
        lost_port: bool,
    },
    /// This process was asked to end.
    #[error("interrupted")]
    Interrupted,
    /// No port could be had.
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// It could not be started.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The state could not be read or written.
    #[error(transparent)]
    State(#[from] state::Error),
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A program to run as the operator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Program {
    path: PathBuf,
    modified: Duration,
}

impl Program {
    /// The program at a path, as it is now.
    pub fn find(path: &Path) -> Result<Self, Error> {
        let absolute = path.canonicalize().map_err(|_| Error::Missing(path.to_owned()))?;
        let modified = absolute.metadata().and_then(|metadata| metadata.modified());
        let modified = modified.map_err(FileError::new("read", &absolute))?;
        Ok(Self {
            path: absolute,
            modified: modified.duration_since(UNIX_EPOCH).unwrap_or_default(),
        })
    }

    /// Whether the running operator was started from this program as it is now.
    pub fn is_running_as(&self, operator: &Operator) -> bool {
        operator.program == self.path && operator.modified == self.modified && operator.process.is_alive()
    }
}

/// Starts the operator and waits until it is ready; it outlives this process. Returns its port.
/// With a guard it ends with this process instead.
pub fn start(program: &Program, layout: &Layout, guard: Option<&Guard>, interrupt: &Interrupt) -> Result<u16, Error> {
    let mut attempt = 1;
    loop {
        match start_once(program, layout, guard, interrupt) {
            Err(Error::Failed { lost_port: true, .. }) if attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

/// Ends the operator that runs in a folder, if one does.
pub fn stop(layout: &Layout) -> Result<(), state::Error> {
    if let Some(operator) = State::read(&layout.state())?.operator {
        Process::attach(operator.process).stop(GRACE);
    }
    Ok(())
}

fn start_once(program: &Program, layout: &Layout, guard: Option<&Guard>, interrupt: &Interrupt) -> Result<u16, Error> {
    let before = State::read(&layout.state())?.operator.map(|operator| operator.port);
    let port = ports::prefer(before).map_err(Error::Port)?;
    let mut command = Command::new(&program.path);
    command
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .env("KUBECONFIG", layout.operator_kubeconfig());
    let mut process = Process::spawn(&command, &layout.operator_log(), guard)?;
    let operator = Operator {
        process: process.id().clone(),
        port,
        program: program.path.clone(),
        modified: program.modified,
    };
    State::change(&layout.state(), |state| state.operator = Some(operator))?;
    let ready = wait(&mut process, port, interrupt, &layout.operator_log());
    if ready.is_err() {
        process.stop(GRACE);
    }
    ready.map(|()| port)
}

fn wait(process: &mut Process, port: u16, interrupt: &Interrupt, log: &Path) -> Result<(), Error> {
    let started = clock::now();
    loop {
        let problem = match http::request(port, "GET", "/readyz", "") {
            Ok((200, _)) if process.is_alive() => return Ok(()),
            Ok((status, body)) => format!("/readyz answers {status} {}", body.trim()),
            Err(error) => error.to_string(),
        };
        if interrupt.signal().is_some() {
            return Err(Error::Interrupted);
        }
        if let Some(reason) = process.ended() {
            return Err(failed(process, log, reason));
        }
        if started.elapsed() >= TIMEOUT {
            let seconds = TIMEOUT.as_secs();
            return Err(failed(
                process,
                log,
                format!("was not ready after {seconds} s ({problem})"),
            ));
        }
        sleep(POLL);
    }
}

fn failed(process: &Process, log: &Path, reason: String) -> Error {
    let output = process.output();
    Error::Failed {
        reason,
        log: log.to_owned(),
        lines: logs::last_lines(&output, logs::SHOWN),
        lost_port: ports::was_taken(&output),
    }
}
