//! The command line of `kubectl handoff lint`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Checks ResourceTypes in files, without a cluster.
///
/// Fields, patterns and bounds as the API server does, expressions, templates and contradictions as the operator does, and what
/// they depend on among the files.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  kubectl handoff lint -f types/ -R
  kubectl handoff lint -f types/badge.yaml --owner e1042 --owner-property mail=anna.berg@example.com
  kubectl handoff lint -f types/ --owner-file anna.yaml -o json

A sample owner shows what each type makes of it: identifier, user name, computed properties and ticket. The file has the fields
of spec.owner of a request: id, displayName, properties. Other properties that a type requires get sample values.

Each problem is a line FILE:LINE: type/NAME: MESSAGE. Other objects in the files are left out, and named.

Exit codes: 0 nothing is wrong; 2 wrong usage; 3 something is wrong.")]
pub struct LintArgs {
    /// File (YAML, JSON) or folder; - reads standard input. May be given several times.
    #[arg(short, long, value_name = "FILE", required = true)]
    pub filename: Vec<PathBuf>,
    /// Folders with all that is in them.
    #[arg(short = 'R', long)]
    pub recursive: bool,
    /// A type in dependsOn that none of the files has is a problem, too.
    #[arg(long)]
    pub strict: bool,
    /// Key of a sample owner.
    #[arg(long, value_name = "ID")]
    pub owner: Option<String>,
    /// Name of the sample owner.
    #[arg(long, value_name = "NAME", requires = "owner")]
    pub owner_name: Option<String>,
    /// A fact about the sample owner; may be given several times.
    #[arg(long, value_name = "PROPERTY=VALUE", requires = "owner")]
    pub owner_property: Vec<String>,
    /// A YAML file with a sample owner.
    #[arg(long, value_name = "FILE", conflicts_with = "owner")]
    pub owner_file: Option<PathBuf>,
    /// `json` prints problems and examples for programs.
    #[arg(short, long, value_enum, default_value = "text")]
    pub output: LintOutput,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintOutput {
    /// A line for each problem.
    Text,
    /// As JSON.
    Json,
}
