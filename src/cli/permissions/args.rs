//! The command line of `kubectl handoff permissions`.

use super::super::cluster::Connection;
use super::super::output::Output;
use clap::Args;

/// Shows every access of a person: what is desired, what is claimed, what was observed.
///
/// A line for each: whether it should be there (desired), what a person says was done (claimed), and what was seen in the
/// managed system (observed). It writes nothing.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Exit codes: 0 done, also where nothing was found; 1 it could not be read; 2 wrong usage.")]
pub struct PermissionsArgs {
    /// The id of the person, as in spec.owner.id.
    #[arg(value_name = "OWNER")]
    pub owner: String,
    /// `wide` shows the values of each truth, `json` and `yaml` everything as data.
    #[arg(short, long, value_enum)]
    pub output: Option<Output>,
    /// Stays and shows every change; on a terminal in place, else as another table after the last.
    #[arg(short, long)]
    pub watch: bool,
    /// Which cluster, which namespace, as whom.
    #[command(flatten)]
    pub connection: Connection,
}
