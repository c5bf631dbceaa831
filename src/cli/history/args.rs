//! The command line of `kubectl handoff history`.

use super::super::cluster::Connection;
use super::super::output::Output;
use clap::Args;

/// Shows who did what when: of an order, a request or a person.
///
/// A line for each event: of an order and what people did with its requests, of a request and its orders, or of everything of
/// a person. States are what the operator wrote; what people did is in small letters. It writes nothing.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Nothing in the cluster keeps the time of some acts, such as a claim: they stand where they must have happened, without a time.

As data (-o json, yaml): subject, namespace and events, each with time, notAfter, object, event, actor and said.

Exit codes: 0 done; 1 there is nothing of that name, or it could not be read; 2 wrong usage."
)]
pub struct HistoryArgs {
    /// Name of an order or a request, with or without porder/ or areq/; or the id of a person, as in spec.owner.id.
    #[arg(value_name = "ORDER|REQUEST|OWNER")]
    pub subject: String,
    /// It is the id of a person, also where an order or a request has that name.
    #[arg(long)]
    pub owner: bool,
    /// `wide` shows exact times and cuts nothing, `json` and `yaml` everything as data.
    #[arg(short, long, value_enum)]
    pub output: Option<Output>,
    /// Which cluster, which namespace, as whom.
    #[command(flatten)]
    pub connection: Connection,
}
