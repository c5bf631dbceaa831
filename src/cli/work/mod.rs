//! `kubectl handoff work`: what waits for people, as a screen for manual provisioning shows it. It writes nothing.

pub mod args;
mod gather;
mod kept;
mod page;
mod tables;
#[cfg(test)]
mod tests;
mod watch;

pub use args::WorkArgs;

use super::choice::{Answered, Refusal, usage};
use super::clock;
use super::cluster::Cluster;
use super::output::{Data, print};
use super::screen::Screen;
use args::{Only, WorkOutput};
use gather::{Objects, Question};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::Timestamp;
use page::{Filter, Work};
use tables::Look;

/// Does it.
///
/// # Errors
/// [`Refusal`]: the flags contradict each other, or the cluster cannot be reached or read.
pub async fn work(args: WorkArgs) -> Result<(), Refusal> {
    args::check(&args).map_err(usage)?;
    shown(args).await.map_err(|why| (why, 1))
}

async fn shown(args: WorkArgs) -> Result<(), String> {
    let cluster = Cluster::reach(&args.reach).await?;
    let me = gather::caller(&cluster, &args).await?;
    let question = Question::of(&args, me.as_deref());
    let objects = gather::gather(&cluster, &question).await?;
    let view = View {
        args: &args,
        cluster: &cluster,
        me: me.as_deref(),
    };
    if args.watch {
        return watch::watch(&view, &question, objects).await;
    }
    let work = view.work(&objects, clock::now());
    let text = match args.output {
        None | Some(WorkOutput::Wide | WorkOutput::Name) if view.is_empty(&work) => {
            eprintln!("{}", view.nothing(&work));
            return Ok(());
        }
        None | Some(WorkOutput::Wide) => view.text(&work, Screen::of_stdout(), clock::now()),
        Some(WorkOutput::Json) => Data::Json.text(&work)?,
        Some(WorkOutput::Yaml) => Data::Yaml.text(&work)?,
        Some(WorkOutput::Name) => view.names(&work),
    };
    print(&text);
    Ok(())
}

/// Who looks at what.
struct View<'a> {
    args: &'a WorkArgs,
    cluster: &'a Cluster,
    me: Option<&'a str>,
}

impl View<'_> {
    fn work(&self, objects: &Objects, now: Timestamp) -> Work {
        let namespace = (!self.cluster.everywhere).then_some(self.cluster.namespace.as_str());
        let mut work = page::page(namespace, objects, &Filter::of(self.args, self.me), now);
        if self.args.output == Some(WorkOutput::Name) && self.args.only.is_none() {
            work.orders
                .retain(|order| order.waits_for == super::facts::WaitsFor::Fulfiller);
            work.requests.clear();
        }
        work
    }

    fn is_empty(&self, work: &Work) -> bool {
        work.orders.is_empty() && work.requests.is_empty()
    }

    fn text(&self, work: &Work, screen: Screen, now: Timestamp) -> String {
        let look = Look {
            screen,
            wide: self.args.output == Some(WorkOutput::Wide),
            namespaces: self.cluster.everywhere,
        };
        match self.args.entity_type {
            Some(_) => tables::lists(work, look, now),
            None => tables::overview(work, look, now),
        }
    }

    fn names(&self, work: &Work) -> String {
        if self.args.only == Some(Only::Approval) {
            let requests = work.requests.iter();
            return requests
                .map(|request| format!("{}/{}\n", AssignmentRequest::PREFIX, request.name))
                .collect();
        }
        let orders = work.orders.iter();
        orders
            .map(|order| format!("{}/{}\n", ProvisioningOrder::PREFIX, order.name))
            .collect()
    }

    /// What there is to say where nothing waits.
    fn nothing(&self, work: &Work) -> String {
        let place = self.cluster.place();
        match &self.args.entity_type {
            None => format!("Nothing waits in {place}."),
            Some(entity) if work.others.is_empty() => format!("Nothing waits of {entity} in {place}."),
            Some(entity) => {
                let others: Vec<_> = work.others.iter().map(String::as_str).collect();
                format!(
                    "Nothing waits of {entity} in {place}; there is work of {}.",
                    others.join(", ")
                )
            }
        }
    }
}
