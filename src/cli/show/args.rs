//! The command line of `kubectl handoff show`.

use super::super::cluster::Connection;
use super::super::output::Data;
use super::super::subject::Sought;
use clap::Args;

/// Shows everything about an order or a request, and what to do next.
///
/// Where each stands, for whom and why, what to set to which value, what was tried before, and who did what. It writes
/// nothing.
#[derive(Args, Clone, Debug)]
#[command(after_help = "As data (-o json, yaml), of an order:
  order, requests (those that it answers), missingRequests (names of those that are gone), earlierOrders and laterOrders
  (of the same resource), overdue, validUntil (when it counts as failed without an answer), next (who moves it on, and
  the commands), history (as kubectl handoff history has it)
of a request:
  request, approvedBy, orders (those that carry it), next, history
Several are items of one list.

Exit codes: 0 done; 1 there is nothing of that name, or it could not be read; 2 wrong usage.")]
pub struct ShowArgs {
    /// Names, with or without porder/ or areq/. A bare name is that of an order, if there is one, else of a request.
    #[arg(value_name = "ORDER|REQUEST", required = true, value_parser = Sought::of)]
    pub names: Vec<Sought>,
    /// `json` and `yaml` print everything as data.
    #[arg(short, long, value_enum)]
    pub output: Option<Data>,
    /// Which cluster, which namespace, as whom.
    #[command(flatten)]
    pub connection: Connection,
}
