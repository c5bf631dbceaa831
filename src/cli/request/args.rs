//! The command lines of what people ask for. They check nothing that needs the type or the cluster.

use super::super::answer::Writing;
use super::super::cluster::Connection;
use super::time::{When, zone};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// Files requests: that a resource is to be made, changed or removed.
#[derive(Args, Clone, Debug)]
pub struct RequestArgs {
    /// What is asked for.
    #[command(subcommand)]
    pub command: RequestCommand,
}

/// What is asked for.
#[derive(Clone, Debug, Subcommand)]
pub enum RequestCommand {
    /// Asks for a resource: somebody is to have it.
    Create(Box<CreateArgs>),
    /// Asks for other values of a resource.
    Update(Box<UpdateArgs>),
    /// Asks for a resource to be removed.
    Delete(Box<DeleteArgs>),
}

/// What all of them say at the end.
const AFTER: &str = "\
What it would come to is shown before anything is sent, as the operator computes it; only the type's thresholds are not
foreseen. Everything that is wrong is said at once, and then nothing is written.

Without --name a request is named TYPE.OWNER.OPERATION-SUFFIX. The suffix is another one each time, so that the same can be
wished again; with --from it is made of the row, so that a run that is done again finds what is there.

With --from each row of a CSV is a request. Columns: owner, ownerName, owner.PROPERTY, identifier, justification, start, end,
name, and properties of the type by their names (properties.NAME where a property has one of these names); for an update also
add.PROPERTY and remove.PROPERTY. Several values of one cell stand between ; or |. An empty cell says nothing; flags hold for
every row, and a cell goes over them. All rows are checked, by the API server too, before the first is written.

To wait for the end: kubectl wait --for=condition=Finished areq/NAME

Exit codes: 0 done, or there before; 1 something failed, run it again; 2 wrong usage; 3 refused; 130 cut off, run it again.";

const CREATE_AFTER: &str = "\
Examples:
  kubectl handoff request create badge --owner e1042 --owner-name 'Anna Berg' --set zone=HQ -m 'starts on Monday'
  kubectl handoff request create badge --from joiners.csv --column owner='Personnel No' -m 'joiners of March'
  kubectl handoff request create badge --owner e1042 --set zone=HQ --dry-run=client -o yaml > anna.yaml

";

const UPDATE_AFTER: &str = "\
Examples:
  kubectl handoff request update badge --owner e1042 --set zone=LAB
  kubectl handoff request update badge --owner e1042 --add doors=north --remove doors=south --end 2026-09-30
  kubectl handoff request update badge --from movers.csv --yes

";

const DELETE_AFTER: &str = "\
Examples:
  kubectl handoff request delete badge --owner e1042 -m 'leaves at the end of the month' --start 2026-03-31
  kubectl handoff request delete badge --from leavers.csv --yes

";

/// Asks for a resource: somebody is to have it. A required property that is not given is asked for on a terminal.
#[derive(Args, Clone, Debug)]
#[command(after_help = format!("{CREATE_AFTER}{AFTER}"))]
pub struct CreateArgs {
    /// About what.
    #[command(flatten)]
    pub subject: Subject,
    /// With what.
    #[command(flatten)]
    pub values: ValueArgs,
    /// Until when: then its removal is asked for by itself. A time as of --start.
    #[arg(long, value_name = "TIME", value_parser = When::of)]
    pub end: Option<When>,
    /// How.
    #[command(flatten)]
    pub filing: Filing,
}

/// Asks for other values of a resource. What is not named stays as it is.
#[derive(Args, Clone, Debug)]
#[command(after_help = format!("{UPDATE_AFTER}{AFTER}"))]
pub struct UpdateArgs {
    /// About what.
    #[command(flatten)]
    pub subject: Subject,
    /// With what.
    #[command(flatten)]
    pub values: ValueArgs,
    /// One value more of a property with several; may be given several times.
    #[arg(long, value_name = "PROPERTY=VALUE")]
    pub add: Vec<String>,
    /// One value less of a property with several; may be given several times.
    #[arg(long, value_name = "PROPERTY=VALUE")]
    pub remove: Vec<String>,
    /// A property that is to have no value; may be given several times.
    #[arg(long, value_name = "PROPERTY")]
    pub clear: Vec<String>,
    /// Until when, with --add and --remove only: then the opposite is asked for by itself. A time as of --start.
    #[arg(long, value_name = "TIME", value_parser = When::of)]
    pub end: Option<When>,
    /// How.
    #[command(flatten)]
    pub filing: Filing,
}

/// Asks for a resource to be removed.
#[derive(Args, Clone, Debug)]
#[command(after_help = format!("{DELETE_AFTER}{AFTER}"))]
pub struct DeleteArgs {
    /// About what.
    #[command(flatten)]
    pub subject: Subject,
    /// How.
    #[command(flatten)]
    pub filing: Filing,
}

/// What a request is about.
#[derive(Args, Clone, Debug, Default)]
pub struct Subject {
    /// Name of the ResourceType; chosen on a terminal when absent.
    #[arg(value_name = "TYPE")]
    pub resource_type: Option<String>,
    /// Key of the owner in the source system, for example a personnel number.
    #[arg(long, value_name = "ID")]
    pub owner: Option<String>,
    /// Name of the owner for people.
    #[arg(long, value_name = "NAME")]
    pub owner_name: Option<String>,
    /// A fact about the owner that the type's expressions use; may be given several times.
    #[arg(long, value_name = "PROPERTY=VALUE")]
    pub owner_property: Vec<String>,
    /// Which resource; when absent as the type names it, or the only one that the owner has.
    #[arg(long, value_name = "IDENTIFIER")]
    pub identifier: Option<String>,
}

/// Values of properties.
#[derive(Args, Clone, Debug, Default)]
pub struct ValueArgs {
    /// A value of a property; several times for several values of one that has several.
    #[arg(long, value_name = "PROPERTY=VALUE")]
    pub set: Vec<String>,
    /// All values of a property that has several; a value with a comma in it goes with --set.
    #[arg(long, value_name = "PROPERTY=VALUE,VALUE")]
    pub values: Vec<String>,
    /// A Secret that the fulfiller is to set; its value is never given. May be given several times.
    #[arg(long, value_name = "PROPERTY")]
    pub secret: Vec<String>,
}

/// How requests are filed.
#[derive(Args, Clone, Debug)]
pub struct Filing {
    /// Not before: RFC 3339 such as 2026-03-01T08:00:00+01:00, or a day, which begins at midnight; see --time-zone.
    #[arg(long, value_name = "TIME", value_parser = When::of)]
    pub start: Option<When>,
    /// Where days begin at midnight, such as Europe/Berlin. When absent that of this machine; with --from it is UTC, so that
    /// the same file asks for the same wherever it is run.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub time_zone: Option<TimeZone>,
    /// Why, for approvers and auditors.
    #[arg(short = 'm', long, visible_alias = "message", value_name = "TEXT")]
    pub justification: Option<String>,
    /// Name of the request; made when absent.
    #[arg(long, conflicts_with = "from")]
    pub name: Option<String>,
    /// A CSV with a header and one request in each row; - reads standard input.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// What separates the columns of the CSV; a comma when absent. `tab` for a tab.
    #[arg(long, value_name = "CHARACTER", requires = "from")]
    pub delimiter: Option<String>,
    /// A column with another name than what it holds; may be given several times.
    #[arg(long, value_name = "NAME=COLUMN", requires = "from")]
    pub column: Vec<String>,
    /// A column that is not about the request; may be given several times.
    #[arg(long, value_name = "COLUMN", requires = "from")]
    pub ignore_column: Vec<String>,
    /// What is asked, checked, and said.
    #[command(flatten)]
    pub writing: Writing,
    /// Which cluster, which namespace, as whom.
    #[command(flatten)]
    pub connection: Connection,
}

impl Filing {
    /// Where days begin.
    pub(super) fn zone(&self) -> TimeZone {
        match (&self.time_zone, &self.from) {
            (Some(zone), _) => zone.clone(),
            (None, Some(_)) => TimeZone::UTC,
            (None, None) => TimeZone::system(),
        }
    }
}
