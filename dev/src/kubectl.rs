//! kubectl as the admin of one control plane.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::layout::Layout;

/// Why a kubectl command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be run.
    #[error("cannot run {}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It said no.
    #[error("kubectl {command}: {message}")]
    Failed {
        /// The arguments.
        command: String,
        /// Its standard error.
        message: String,
    },
}

/// Runs kubectl with the current context, admin.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    layout: Layout,
}

impl Kubectl {
    /// This program with the kubeconfig in this folder.
    pub fn new(program: PathBuf, layout: Layout) -> Self {
        Self { program, layout }
    }

    /// Runs a command and returns what it prints.
    pub fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Result<String, Error> {
        self.run_with_input(args, "")
    }

    /// Runs a command that reads standard input, and returns what it prints.
    pub fn run_with_input<A: AsRef<OsStr>>(&self, args: &[A], input: &str) -> Result<String, Error> {
        let failed = |source| Error::Run {
            program: self.program.clone(),
            source,
        };
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .env("KUBECONFIG", self.layout.kubeconfig())
            .env("KUBECACHEDIR", self.layout.kubectl_cache())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read its input says why on standard error.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let words: Vec<_> = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect();
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Failed {
            command: words.join(" "),
            message,
        })
    }
}
