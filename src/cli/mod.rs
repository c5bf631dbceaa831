//! `kubectl handoff`: what people and jobs do from the command line. A client like any other: it holds no right of its
//! own, and whatever it writes is checked by the API server.

pub mod answer;
mod calls;
pub mod choice;
mod clock;
mod cluster;
pub mod dry_run;
pub mod explain;
pub mod lint;
mod list;
mod me;
pub mod output;
pub mod permissions;
mod progress;
pub mod request;
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
    /// Asks for resources: that they be made, changed or removed.
    Request(Box<request::RequestArgs>),
    /// Takes orders for yourself.
    Claim(Box<answer::ClaimArgs>),
    /// Gives claimed orders back.
    Release(Box<answer::ReleaseArgs>),
    /// Gives orders to somebody.
    Assign(Box<answer::AssignArgs>),
    /// Says that the work of orders is done.
    Confirm(Box<answer::ConfirmArgs>),
    /// Says that the work could not be done, and why.
    Error(Box<answer::ErrorArgs>),
    /// Releases orders that wait for a review, or stops them.
    Review(Box<answer::ReviewArgs>),
    /// Has orders tried again that ended with an error.
    Retry(Box<answer::RetryArgs>),
    /// Gives orders up that ended with an error.
    Abandon(Box<answer::AbandonArgs>),
    /// Takes a wrong confirmation back.
    Takeback(Box<answer::TakebackArgs>),
    /// Agrees to requests.
    Approve(Box<answer::ApproveArgs>),
    /// Says no to requests.
    Decline(Box<answer::DeclineArgs>),
    /// Takes requests back.
    Cancel(Box<answer::CancelArgs>),
    /// Checks ResourceTypes in files, without a cluster.
    Lint(lint::LintArgs),
    /// Explains a state or a reason: what it means, who moves it on, and the commands that help.
    Explain(explain::ExplainArgs),
}

/// Does what the command line says, and answers the exit code of the process.
pub fn run(cli: Cli) -> ExitCode {
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| (error.to_string(), 1))
        .and_then(|runtime| runtime.block_on(command(cli.command)));
    match ended {
        Ok(code) => code,
        Err((message, code)) => {
            eprintln!("error: {message}");
            ExitCode::from(code)
        }
    }
}

/// The exit code, or what is said instead and its code.
async fn command(command: Command) -> Result<ExitCode, (String, u8)> {
    match command {
        Command::Sync(args) => match sync::sync(*args).await {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => Err((error.to_string(), error.exit_code())),
        },
        Command::Permissions(args) => plainly(permissions::permissions(*args).await),
        Command::Lint(args) => lint::lint(&args),
        Command::Explain(args) => plainly(explain::explain(&args)),
        Command::Request(args) => request::request(*args).await,
        Command::Claim(args) => answer::claim(*args).await,
        Command::Release(args) => answer::release(*args).await,
        Command::Assign(args) => answer::assign(*args).await,
        Command::Confirm(args) => answer::confirm(*args).await,
        Command::Error(args) => answer::error(*args).await,
        Command::Review(args) => answer::review(*args).await,
        Command::Retry(args) => answer::retry(*args).await,
        Command::Abandon(args) => answer::abandon(*args).await,
        Command::Takeback(args) => answer::takeback(*args).await,
        Command::Approve(args) => answer::approve(*args).await,
        Command::Decline(args) => answer::decline(*args).await,
        Command::Cancel(args) => answer::cancel(*args).await,
    }
}

fn plainly(ended: Result<(), String>) -> Result<ExitCode, (String, u8)> {
    ended.map(|()| ExitCode::SUCCESS).map_err(|message| (message, 1))
}
