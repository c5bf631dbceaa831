//! The command line of `kubectl handoff sync`. It checks nothing that needs the file or the cluster.

use super::super::cluster::Connection;
use super::super::dry_run::DryRun;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use std::path::PathBuf;

/// Writes what exists in a managed system, read from an export of it, into the inventory.
///
/// That is the ManagedResources of one type, and one Synchronization that says "the inventory is now as of then". Only
/// differences are written.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Exit codes: 0 done; 1 something failed, run it again; 2 wrong usage; 3 refused, nothing was written."
)]
pub struct SyncArgs {
    /// Name of the ResourceType.
    #[arg(value_name = "TYPE")]
    pub resource_type: String,
    /// The export, CSV with a header or LDIF; - reads standard input.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// What the export is written in; by the name of the file when absent (.ldif, else CSV).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// What separates the columns of a CSV; a comma when absent. `tab` for a tab.
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<String>,
    /// A YAML file that says which column is what; flags go over it.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Column (LDIF: attribute) with the identifier.
    #[arg(long, value_name = "COLUMN")]
    pub identifier: Option<String>,
    /// Column with the owner's id.
    #[arg(long, value_name = "COLUMN")]
    pub owner: Option<String>,
    /// Single-valued property and its column; may be given several times.
    #[arg(long = "property", value_name = "NAME=COLUMN")]
    pub properties: Vec<String>,
    /// Multi-valued property, its column, and what separates the values in one cell; may be given several times.
    #[arg(long = "values", value_name = "NAME=COLUMN[:SEPARATOR]")]
    pub values: Vec<String>,
    /// Takes only rows (LDIF: records) with this value, in any case of its letters; several must all hold.
    #[arg(long = "filter", value_name = "COLUMN=VALUE")]
    pub filters: Vec<String>,
    /// When the export was made, RFC 3339; when absent, the file's modification time.
    #[arg(long, value_name = "TIME")]
    pub taken_at: Option<Timestamp>,
    /// The export does not hold everything: it proves no absence, and nothing is deleted.
    #[arg(long)]
    pub incomplete: bool,
    /// Goes on although the export holds far fewer resources than the last.
    #[arg(long)]
    pub allow_fewer: bool,
    /// Writes nothing and says what would be written; `server` has the API server check it too.
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_value = "none", default_missing_value = "client")]
    pub dry_run: DryRun,
    /// How many writes are on their way at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallel: u16,
    /// `json` prints the summary for programs.
    #[arg(short, long, value_enum, default_value = "text")]
    pub output: Output,
    /// Which cluster, which namespace, as whom.
    #[command(flatten)]
    pub connection: Connection,
}

/// What an export is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RFC 4180, with a header.
    Csv,
    /// RFC 2849, content records.
    Ldif,
}

/// How the summary is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// In words.
    Text,
    /// As JSON, on standard output.
    Json,
}
