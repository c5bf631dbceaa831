//! `kubectl handoff show`: everything about an order or a request on one page. It writes nothing.

pub mod args;
mod changes;
mod next;
mod order;
mod page;
mod request;
#[cfg(test)]
mod tests;

pub use args::ShowArgs;

use super::calls::CallError;
use super::cluster::Cluster;
use super::output::print;
use super::screen::Screen;
use super::subject::{Sought, same_place};
use super::{clock, history, related};
use jiff::tz::TimeZone;
use order::Look;
use page::{Page, Pages};

/// Does it.
///
/// # Errors
/// In words: there is nothing of such a name, or the cluster cannot be reached or read.
pub async fn show(args: ShowArgs) -> Result<(), String> {
    let cluster = Cluster::find(&args.connection).await?;
    let place = same_place(&args.connection);
    let mut pages = Vec::new();
    let mut missing = Vec::new();
    for sought in &args.names {
        let found = gather(&cluster, sought, &place).await;
        match found.map_err(|error| error.explained(related::ROLE, &cluster.namespace))? {
            Some(page) => pages.push(page),
            None => missing.push(sought.words()),
        }
    }
    print(&text(args, pages)?);
    if missing.is_empty() {
        return Ok(());
    }
    let namespace = &cluster.namespace;
    Err(format!(
        "there is no {} in namespace {namespace}: kubectl get porder,areq -n {namespace}",
        missing.join(", no ")
    ))
}

fn text(args: ShowArgs, mut pages: Vec<Page>) -> Result<String, String> {
    match args.output {
        Some(data) if args.names.len() > 1 => data.text(&Pages { items: pages }),
        Some(data) => pages.pop().map_or_else(|| Ok(String::new()), |page| data.text(&page)),
        None => {
            let look = Look {
                screen: Screen::of_stdout(),
                times: history::Look {
                    now: clock::now(),
                    zone: TimeZone::system(),
                    wide: false,
                    objects: false,
                },
            };
            let texts: Vec<String> = pages.iter().map(|page| page_text(page, &look)).collect();
            Ok(texts.join("\n---\n\n"))
        }
    }
}

fn page_text(page: &Page, look: &Look) -> String {
    match page {
        Page::Order(page) => order::text(page, look),
        Page::Request(page) => request::text(page, look),
    }
}

/// Everything about what is named; none: there is no such thing.
async fn gather(cluster: &Cluster, sought: &Sought, place: &str) -> Result<Option<Page>, CallError> {
    let found = sought.find(cluster).await?;
    if let Some(order) = found.order {
        if found.request.is_some() {
            eprintln!(
                "There is a request of that name, too: kubectl handoff show areq/{}{place}",
                sought.name
            );
        }
        let (requests, line) =
            tokio::try_join!(related::requests_of(cluster, &order), related::line_of(cluster, &order))?;
        let page = page::of_order(order, requests, line, place, clock::now());
        return Ok(Some(Page::Order(Box::new(page))));
    }
    let Some(request) = found.request else { return Ok(None) };
    let orders = related::orders_of(cluster, &request).await?;
    Ok(Some(Page::Request(Box::new(page::of_request(request, orders, place)))))
}
