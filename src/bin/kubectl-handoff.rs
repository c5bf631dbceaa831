//! `kubectl handoff`: the plugin, found by kubectl by its name in the PATH.

use clap::Parser;
use handoff::cli::{Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Cli::parse())
}
