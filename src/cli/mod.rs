//! `kubectl handoff`: what people and jobs do from the command line. A client like any other: it holds no right of its
//! own, and whatever it writes is checked by the API server.

pub mod answer;
mod calls;
mod canvas;
pub mod choice;
mod clock;
mod cluster;
pub mod complete;
pub mod dry_run;
pub mod explain;
mod facts;
mod fields;
pub mod history;
pub mod lint;
mod list;
mod man;
mod me;
pub mod output;
pub mod page;
pub mod permissions;
mod progress;
mod related;
pub mod request;
#[cfg(test)]
mod sample;
mod screen;
pub mod show;
mod subject;
pub mod sync;
mod table;
#[cfg(test)]
mod tests;
mod words;
pub mod work;

use crate::version::VERSION_AND_COMMIT;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Handoff for people and jobs: a kubectl plugin.
#[derive(Debug, Parser)]
#[command(name = "kubectl-handoff", bin_name = "kubectl handoff", version = VERSION_AND_COMMIT)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Each says in its own arguments what it does.
#[derive(Debug, Subcommand)]
enum Command {
    Work(Box<work::WorkArgs>),
    Show(Box<show::ShowArgs>),
    Request(Box<request::RequestArgs>),
    Claim(Box<answer::ClaimArgs>),
    Release(Box<answer::ReleaseArgs>),
    Assign(Box<answer::AssignArgs>),
    Confirm(Box<answer::ConfirmArgs>),
    Error(Box<answer::ErrorArgs>),
    Retry(Box<answer::RetryArgs>),
    Abandon(Box<answer::AbandonArgs>),
    Takeback(Box<answer::TakebackArgs>),
    Review(Box<answer::ReviewArgs>),
    Approve(Box<answer::ApproveArgs>),
    Decline(Box<answer::DeclineArgs>),
    Cancel(Box<answer::CancelArgs>),
    History(Box<history::HistoryArgs>),
    Permissions(Box<permissions::PermissionsArgs>),
    Sync(Box<sync::SyncArgs>),
    Lint(lint::LintArgs),
    Explain(explain::ExplainArgs),
    Completion(complete::CompletionArgs),
    Man(man::ManArgs),
    /// What the shell asks.
    #[command(name = "__complete", hide = true)]
    Complete(complete::CompleteArgs),
}

/// Does what the command line says, and answers the exit code of the process.
pub fn run(cli: Cli) -> ExitCode {
    // Whatever completes names has a runtime of its own.
    if let Command::Complete(args) = cli.command {
        output::print(&complete::answer(Cli::command(), args));
        return ExitCode::SUCCESS;
    }
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| (error.to_string(), 1))
        .and_then(|runtime| runtime.block_on(command(cli.command)));
    match ended {
        Ok(code) => code,
        Err((message, code)) => {
            output::complain(&message);
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
        Command::Permissions(args) => permissions::permissions(*args).await.map(|()| ExitCode::SUCCESS),
        Command::Work(args) => work::work(*args).await.map(|()| ExitCode::SUCCESS),
        Command::Show(args) => plainly(show::show(*args).await),
        Command::History(args) => plainly(history::history(*args).await),
        Command::Lint(args) => lint::lint(&args),
        Command::Request(args) => request::request(*args).await,
        Command::Explain(args) => plainly(explain::explain(&args)),
        Command::Completion(args) => {
            output::print(complete::script(args.shell));
            Ok(ExitCode::SUCCESS)
        }
        Command::Man(args) => plainly(man::man(Cli::command(), &args)),
        // Answered before.
        Command::Complete(_) => Ok(ExitCode::SUCCESS),
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
