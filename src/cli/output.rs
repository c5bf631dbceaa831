//! How results are printed.

use clap::ValueEnum;
use serde::Serialize;
use std::io::Write;

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// The table with more columns.
    Wide,
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
}

/// How data is written for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Data {
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
}

impl Data {
    /// The text of what is said.
    ///
    /// # Errors
    /// In words: it cannot be written so.
    pub(super) fn text<T: Serialize>(self, said: &T) -> Result<String, String> {
        match self {
            Self::Json => serde_json::to_string_pretty(said)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string()),
            Self::Yaml => serde_saphyr::to_string(said).map_err(|error| error.to_string()),
        }
    }
}

/// Says something on standard error. A reader that went away is no reason to end in the middle of a run.
pub(super) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says why it went wrong. What others wrote into it cannot steer the terminal.
pub(super) fn complain(text: &str) {
    let lines: Vec<String> = text.lines().map(super::words::harmless).collect();
    tell(&format!("error: {}", lines.join("\n")));
}

/// Prints to standard output. A reader that went away is nothing to complain about.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
