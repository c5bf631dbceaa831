//! The command line of `kubectl handoff work`.

use super::super::cluster::Reach;
use clap::{Args, ValueEnum};

/// Shows what waits for people, by the kind of thing that is to be provisioned.
///
/// Without an argument a line for each kind: how many orders are with a fulfiller (TRANSMITTED), of these how many nobody has
/// claimed and how many you have; how many wait for a reviewer (REVIEW) or for an answer to an error (RECOVERY), and how
/// many requests for approvers (APPROVAL). With a kind its orders, overdue ones first, then the oldest, and its requests.
/// It writes nothing.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Every confirmation of one kind at once:
  kubectl handoff work CrmAccount --mine -o name | kubectl handoff confirm -f - --yes

As data (-o json, yaml): entities, orders and requests, three lists, as the tables show them.

Exit codes: 0 done, also where nothing waits; 1 it could not be read; 2 wrong usage.")]
pub struct WorkArgs {
    /// The kind of thing, as the types name it (targetEntityType), in any spelling of its letters; - for those without one.
    #[arg(value_name = "ENTITY-TYPE")]
    pub entity_type: Option<String>,
    /// Only orders that you have claimed.
    #[arg(long, conflicts_with = "unclaimed")]
    pub mine: bool,
    /// Only orders that are with fulfillers, and nobody has claimed them.
    #[arg(long)]
    pub unclaimed: bool,
    /// Only what waits for these people.
    #[arg(long, value_enum, value_name = "COLUMN")]
    pub only: Option<Only>,
    /// Only those of this ResourceType.
    #[arg(long = "type", value_name = "TYPE")]
    pub resource_type: Option<String>,
    /// Only those with these labels, for example team=erp,site!=north.
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// `wide` shows more columns, `json` and `yaml` everything as data; `name` the names of the orders that are with
    /// fulfillers, a line each, or of what --only says.
    #[arg(short, long, value_enum)]
    pub output: Option<WorkOutput>,
    /// Stays and shows every change; on a terminal in place, else as another table after the last.
    #[arg(short, long)]
    pub watch: bool,
    /// Which cluster, which namespaces, as whom.
    #[command(flatten)]
    pub reach: Reach,
}

/// Those whom something waits for, as the columns are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Orders that are with a fulfiller.
    Transmitted,
    /// Orders that wait for a reviewer.
    Review,
    /// Orders that ended with an error and wait for retry or abandon.
    Recovery,
    /// Requests that wait for approvers.
    Approval,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WorkOutput {
    /// The table with more columns.
    Wide,
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
    /// Names, a line each.
    Name,
}

/// What is wrong with flags that clap cannot see, in words.
pub(super) fn check(args: &WorkArgs) -> Result<(), String> {
    let data = match args.output {
        None | Some(WorkOutput::Wide) => None,
        Some(WorkOutput::Json) => Some("-o json"),
        Some(WorkOutput::Yaml) => Some("-o yaml"),
        Some(WorkOutput::Name) => Some("-o name"),
    };
    if let Some(data) = data.filter(|_| args.watch) {
        return Err(format!(
            "--watch shows tables, and {data} is none: for programs there is kubectl get porder --watch {data}"
        ));
    }
    if args.output == Some(WorkOutput::Name) && args.reach.all_namespaces {
        return Err(
            "names alone do not say in which namespace they are: give -n NAMESPACE, or take -o json".to_owned(),
        );
    }
    if args.only == Some(Only::Approval) && (args.mine || args.unclaimed) {
        return Err(
            "requests that wait for approvers are claimed by nobody: leave --mine or --unclaimed out".to_owned(),
        );
    }
    Ok(())
}
