//! `kubectl handoff` as people run it: what is typed, what is printed and how it ends, kept as a transcript.
#![allow(dead_code, unreachable_pub)]

use crate::golden;
use crate::place::Place;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// A person at a terminal, whose output is kept.
pub struct Terminal<'a> {
    place: &'a Place,
    transcript: String,
    narrow: Option<PathBuf>,
}

/// One run.
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl<'a> Terminal<'a> {
    pub fn new(place: &'a Place) -> Self {
        Self {
            place,
            transcript: String::new(),
            narrow: None,
        }
    }

    /// One of 72 columns. Its clock is 1,000 days ahead: what is left for words depends on how long an age is, and so all
    /// ages are as long in every run.
    pub fn narrow(place: &'a Place) -> Self {
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap());
        let clock = folder.join(format!("{}-clock", place.namespace));
        std::fs::write(&clock, (1000 * 24 * 3600).to_string()).unwrap();
        Self {
            narrow: Some(clock),
            ..Self::new(place)
        }
    }

    /// The command, not yet run.
    pub fn command(&self, who: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
        command.args(&args[..1]);
        command.args(["--context", who, "-n", &self.place.namespace]);
        command.args(&args[1..]).env("TZ", "UTC").env_remove("COLUMNS");
        command.stdin(Stdio::null());
        if let Some(clock) = &self.narrow {
            command.env("COLUMNS", "72").env("HANDOFF_FAULT_CLOCK", clock);
        }
        command
    }

    /// Somebody runs a command.
    pub fn run(&mut self, who: &str, args: &[&str]) -> Said {
        let output = self.command(who, args).output().unwrap();
        self.note(who, args, output)
    }

    /// Somebody pipes a text into a command.
    pub fn pipe(&mut self, who: &str, args: &[&str], text: &str) -> Said {
        let mut command = self.command(who, args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        self.note(who, args, output)
    }

    fn note(&mut self, who: &str, args: &[&str], output: Output) -> Said {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Said {
            out: text(output.stdout),
            err: text(output.stderr),
            code: output.status.code().unwrap_or(-1),
        };
        let quoted = |arg: &&str| {
            if arg.is_empty() || arg.contains(char::is_whitespace) {
                format!("\"{arg}\"")
            } else {
                (*arg).to_owned()
            }
        };
        let typed: Vec<_> = args.iter().map(quoted).collect();
        let _ = writeln!(self.transcript, "{who}$ kubectl handoff {}", typed.join(" "));
        self.transcript.push_str(&said.out);
        self.transcript.push_str(&said.err);
        if said.code != 0 {
            let _ = writeln!(self.transcript, "(exit code {})", said.code);
        }
        self.transcript.push('\n');
        said
    }

    /// Compares everything that was said with a file.
    #[track_caller]
    pub fn golden(self, name: &str) {
        golden::check(name, &golden::plain(&golden::hours(&self.transcript)));
    }
}

/// A command that goes on, whose lines are read as they come.
pub struct Follow {
    child: Child,
    told: Receiver<String>,
}

impl Follow {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, told }
    }

    /// Reads on until a line has these words.
    #[track_caller]
    pub fn next(&self, words: &str) {
        let mut seen = Vec::new();
        loop {
            let line = self.told.recv_timeout(Duration::from_secs(60));
            let line = line.unwrap_or_else(|_| panic!("nothing says {words:?}: {seen:#?}"));
            if line.contains(words) {
                return;
            }
            seen.push(line);
        }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
