//! `kubectl handoff permissions`: the three truths about every access of a person on one page. It writes nothing.

pub mod args;
mod gather;
mod line;
mod note;
mod page;
mod table;
#[cfg(test)]
mod tests;

pub use args::PermissionsArgs;

use super::clock;
use super::cluster::Cluster;
use super::output::{Data, Output, print};
use super::screen::Screen;

/// Does it.
///
/// # Errors
/// In words: the cluster cannot be reached or read.
pub async fn permissions(args: PermissionsArgs) -> Result<(), String> {
    let cluster = Cluster::find(&args.connection).await?;
    let known = gather::gather(&cluster, &args.owner).await?;
    let page = line::page(&args.owner, &cluster.namespace, &known);
    let text = match args.output {
        None | Some(Output::Wide) if page.permissions.is_empty() => {
            eprintln!("No access of {} found in namespace {}.", args.owner, cluster.namespace);
            return Ok(());
        }
        None => table::table(&page, clock::now(), false).text(Screen::of_stdout()),
        Some(Output::Wide) => table::table(&page, clock::now(), true).text(Screen::of_stdout()),
        Some(Output::Json) => Data::Json.text(&page)?,
        Some(Output::Yaml) => Data::Yaml.text(&page)?,
    };
    print(&text);
    Ok(())
}
