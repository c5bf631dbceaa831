//! The command lines of what people write: one block of an order or a request each.

use super::super::choice::{OrderChoice, RequestChoice};
use super::super::cluster::Reach;
use super::super::dry_run::DryRun;
use clap::{Args, ValueEnum};

/// How a run goes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How")]
pub struct Run {
    /// What is asked, checked, and said.
    #[command(flatten)]
    pub writing: Writing,
    /// Which cluster, which namespaces, as whom.
    #[command(flatten)]
    pub reach: Reach,
}

/// What is asked before something is written, what is checked, and what is said of it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How")]
pub struct Writing {
    /// Asks nothing, also before more than one is written.
    #[arg(short, long)]
    pub yes: bool,
    /// Writes nothing: `client` says which objects it would write, `server` has the API server check each, too.
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_value = "none", default_missing_value = "client")]
    pub dry_run: DryRun,
    /// How many writes are on their way at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallel: u16,
    /// `json` and `yaml` print what became of each (requests, with --dry-run=client: the requests themselves, for Git), `name`
    /// the names of those that are done.
    #[arg(short, long, value_enum)]
    pub output: Option<RunOutput>,
}

/// Orders to write to.
#[derive(Args, Clone, Debug)]
pub struct OnOrders {
    /// Which.
    #[command(flatten)]
    pub which: OrderChoice,
    /// How.
    #[command(flatten)]
    pub run: Run,
}

/// Requests to write to.
#[derive(Args, Clone, Debug)]
pub struct OnRequests {
    /// Which.
    #[command(flatten)]
    pub which: RequestChoice,
    /// How.
    #[command(flatten)]
    pub run: Run,
}

/// How the results of a run are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RunOutput {
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
    /// Names of what is done, a line each.
    Name,
}

/// Exit codes of every command here.
pub(super) const AFTER: &str = "Exit codes: 0 all of them are done, or were before; 1 something failed, run it again; 2 wrong usage; \
     3 some were refused; 130 cut off, run it again.";

/// Takes orders for yourself, which tells colleagues that you are at it.
///
/// Without --state: those handed over that nobody has claimed.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ClaimArgs {
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Gives orders back that you have claimed.
///
/// Those that are searched are your own; any can be named.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ReleaseArgs {
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Gives orders to somebody, also those that somebody has claimed.
///
/// It takes the right `assign`.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct AssignArgs {
    /// Kubernetes user name of whoever is to do it.
    #[arg(long, value_name = "USER")]
    pub to: String,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Says that the work is done.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ConfirmArgs {
    /// What to say about it.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// What shows that it was done, for example a link to a screenshot.
    #[arg(long, value_name = "TEXT")]
    pub evidence: Option<String>,
    /// Number of a ticket elsewhere.
    #[arg(long, value_name = "NUMBER")]
    pub ticket_ref: Option<String>,
    /// What was really set, where it differs from what was proposed; several times for several values. PROPERTY= clears.
    #[arg(long = "actual", value_name = "PROPERTY=VALUE")]
    pub actual: Vec<String>,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Says that the work could not be done, and why.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ErrorArgs {
    /// What stood in the way; asked for on a terminal when absent.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Releases orders that wait for a review, or stops them.
///
/// It takes the right `review`.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
#[group(id = "answer", required = true, multiple = false, args = ["approve", "decline", "postpone"])]
pub struct ReviewArgs {
    /// Go ahead.
    #[arg(long)]
    pub approve: bool,
    /// Not to be done; needs a comment.
    #[arg(long, requires = "message")]
    pub decline: bool,
    /// Later; can be changed.
    #[arg(long)]
    pub postpone: bool,
    /// With --approve: a property that is not to be changed; may be given several times. The rest is released.
    #[arg(long = "decline-property", value_name = "PROPERTY", requires = "approve")]
    pub decline_property: Vec<String>,
    /// Why.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Has orders tried again that ended with an error: the next number is handed over.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct RetryArgs {
    /// What has changed.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Gives orders up that ended with an error, and with them their requests.
///
/// It takes the right `review`.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct AbandonArgs {
    /// Why.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Takes a wrong confirmation back.
///
/// Whoever gave it may, or whoever holds the right `review`.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct TakebackArgs {
    /// What was wrong; asked for on a terminal when absent.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Ends the requests too; without it the next order is handed over.
    #[arg(long)]
    pub abandon: bool,
    /// Which orders, and how.
    #[command(flatten)]
    pub on: OnOrders,
}

/// Agrees to requests that wait for approvers.
///
/// It takes the right `approve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct ApproveArgs {
    /// Why.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which requests, and how.
    #[command(flatten)]
    pub on: OnRequests,
}

/// Says no to requests that wait for approvers: one no ends a request.
///
/// It takes the right `approve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct DeclineArgs {
    /// Why; whoever asked reads it.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which requests, and how.
    #[command(flatten)]
    pub on: OnRequests,
}

/// Takes requests back.
///
/// Whoever made a request may, and its owner.
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER)]
pub struct CancelArgs {
    /// Why; asked for on a terminal when absent.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Which requests, and how.
    #[command(flatten)]
    pub on: OnRequests,
}
