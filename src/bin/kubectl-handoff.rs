//! `kubectl handoff`: the plugin, found by kubectl by its name in the PATH.

use clap::{CommandFactory, Parser};
use handoff::cli::{Cli, complete, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    complete::answer_shell(Cli::command);
    run(Cli::parse())
}
