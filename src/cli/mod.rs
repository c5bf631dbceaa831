//! `kubectl handoff`: what people and jobs do from the command line. A client like any other: it holds no right of its
//! own, and whatever it writes is checked by the API server.

mod calls;
pub mod choice;
mod clock;
mod cluster;
pub mod explain;
mod list;
mod me;
pub mod output;
pub mod permissions;
mod screen;
pub mod sync;
mod table;
mod words;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Handoff for people and jobs: a kubectl plugin.
#[derive(Debug, Parser)]
#[command(name = "kubectl-handoff", bin_name = "kubectl handoff", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes what exists in a managed system, read from an export of it, into the inventory.
    Sync(Box<sync::SyncArgs>),
    /// Shows every access of a person: what is desired, what is claimed, what was observed.
    Permissions(Box<permissions::PermissionsArgs>),
    /// Explains a state or a reason: what it means, who moves it on, and the commands that help.
    Explain(explain::ExplainArgs),
}

/// Does what the command line says, and answers the exit code of the process.
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (message, code) = match cli.command {
        Command::Sync(args) => match runtime.block_on(sync::sync(*args)) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (error.to_string(), ExitCode::from(error.exit_code())),
        },
        Command::Permissions(args) => match runtime.block_on(permissions::permissions(*args)) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(message) => (message, ExitCode::FAILURE),
        },
        Command::Explain(args) => match explain::explain(&args) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(message) => (message, ExitCode::FAILURE),
        },
    };
    eprintln!("error: {message}");
    code
}
