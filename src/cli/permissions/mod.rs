//! `kubectl handoff permissions`: the three truths about every access of a person on one page. It writes nothing.

pub mod args;
mod gather;
mod line;
mod live;
mod note;
mod page;
mod table;
#[cfg(test)]
mod tests;

pub use args::PermissionsArgs;

use super::choice::{Refusal, usage};
use super::clock;
use super::cluster::Cluster;
use super::output::{Data, Output, print};
use super::screen::Screen;
use page::Page;

/// Does it.
///
/// # Errors
/// In words, with the exit code: the flags contradict each other, or the cluster cannot be reached or read.
pub async fn permissions(args: PermissionsArgs) -> Result<(), Refusal> {
    let data = match args.output {
        None | Some(Output::Wide) => None,
        Some(Output::Json) => Some(Data::Json),
        Some(Output::Yaml) => Some(Data::Yaml),
    };
    if args.watch && data.is_some() {
        return Err(usage(
            "--watch shows tables: leave it out for data, and read again".to_owned(),
        ));
    }
    shown(&args, data).await.map_err(|why| (why, 1))
}

async fn shown(args: &PermissionsArgs, data: Option<Data>) -> Result<(), String> {
    let cluster = Cluster::find(&args.connection).await?;
    let wide = args.output == Some(Output::Wide);
    if args.watch {
        return live::watch(&cluster, &args.owner, wide).await;
    }
    let page = read(&cluster, &args.owner).await?;
    let text = match data {
        Some(data) => data.text(&page)?,
        None if page.permissions.is_empty() => {
            eprintln!("{}", nothing(&page));
            return Ok(());
        }
        None => table::table(&page, clock::now(), wide).text(Screen::of_stdout()),
    };
    print(&text);
    Ok(())
}

async fn read(cluster: &Cluster, owner: &str) -> Result<Page, String> {
    let known = gather::gather(cluster, owner).await?;
    Ok(line::page(owner, &cluster.namespace, &known))
}

fn nothing(page: &Page) -> String {
    format!("No access of {} found in namespace {}.", page.owner, page.namespace)
}
