//! `kubectl handoff history`: who did what when, for an auditor. It writes nothing.

pub mod args;
mod chain;
mod event;
mod gather;
mod order;
mod request;
mod table;
#[cfg(test)]
mod tests;
mod timeline;

pub use args::HistoryArgs;
pub(in crate::cli) use event::Event;
pub(in crate::cli) use order::proven;
pub(in crate::cli) use table::{Look, table};
pub(in crate::cli) use timeline::{Detail, events, of_one};

use super::clock;
use super::cluster::Cluster;
use super::output::{Data, Output, print};
use super::screen::Screen;
use jiff::tz::TimeZone;

/// Does it.
///
/// # Errors
/// In words: there is nothing of that name, or the cluster cannot be reached or read.
pub async fn history(args: HistoryArgs) -> Result<(), String> {
    let cluster = Cluster::find(&args.connection).await?;
    let timeline = if args.owner {
        gather::of_owner(&cluster, &args.subject).await?
    } else {
        gather::of_subject(&cluster, &args.subject).await?
    };
    let look = |wide| Look {
        now: clock::now(),
        zone: TimeZone::system(),
        wide,
        objects: true,
    };
    let text = match args.output {
        None | Some(Output::Wide) if timeline.events.is_empty() => {
            eprintln!("Nothing of {} found in namespace {}.", args.subject, cluster.namespace);
            return Ok(());
        }
        None => table(&timeline.events, &look(false)).text(Screen::of_stdout()),
        Some(Output::Wide) => table(&timeline.events, &look(true)).text(Screen::of_stdout()),
        Some(Output::Json) => Data::Json.text(&timeline)?,
        Some(Output::Yaml) => Data::Yaml.text(&timeline)?,
    };
    print(&text);
    Ok(())
}
