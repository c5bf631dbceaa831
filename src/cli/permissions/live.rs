//! The page as it changes: in place on a terminal, else a table after the other. It writes nothing to the cluster.

use super::super::calls::{CallError, forbidden};
use super::super::canvas::Canvas;
use super::super::clock;
use super::super::cluster::Cluster;
use super::super::list::selected;
use super::super::output::tell;
use super::super::screen::Screen;
use super::super::words::harmless;
use super::gather::ROLE;
use super::page::Page;
use super::{read, table};
use futures::stream::{BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, Synchronization};
use kube::api::Api;
use kube::core::{NamespaceResourceScope, PartialObjectMeta};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Resource, ResourceExt};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// The shortest time between two looks: what changes together is looked at once.
const BEAT: Duration = Duration::from_millis(500);

/// Stays until it is cut off.
///
/// # Errors
/// In words: it cannot be read, or the right to watch is missing.
pub(super) async fn watch(cluster: &Cluster, owner: &str, wide: bool) -> Result<(), String> {
    let mut news = changes(cluster, owner);
    let mut canvas = std::io::stdout().is_terminal().then(Canvas::on_stdout);
    let mut last: Option<Page> = None;
    let mut beat = tokio::time::interval(BEAT);
    let mut is_new = true;
    let mut trouble: Option<String> = None;
    loop {
        tokio::select! {
            Some(told) = news.next() => {
                told.map_err(|error| error.explained(ROLE, &cluster.namespace))?;
                is_new = true;
            }
            _ = beat.tick() => {
                if is_new {
                    match read(cluster, owner).await {
                        Ok(page) => {
                            is_new = false;
                            trouble = None;
                            let changed = last.as_ref() != Some(&page);
                            if changed && canvas.is_none() && appended(&page, last.is_some(), wide).is_err() {
                                return Ok(());
                            }
                            last = Some(page);
                        }
                        Err(why) if last.is_none() => return Err(why),
                        // It is tried again at the next beat.
                        Err(why) if trouble.is_none() => {
                            tell(&format!("not up to date, and tried again: {}", harmless(&why)));
                            trouble = Some(why);
                        }
                        Err(_again) => {}
                    }
                }
                if let (Some(canvas), Some(page)) = (&mut canvas, &last)
                    && canvas.draw(&text(page, wide)).is_err()
                {
                    return Ok(());
                }
            }
        }
    }
}

/// Writes another table after the last.
fn appended(page: &Page, is_next: bool, wide: bool) -> std::io::Result<()> {
    let gap = if is_next { "\n" } else { "" };
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{gap}{}", text(page, wide)).as_bytes())?;
    out.flush()
}

fn text(page: &Page, wide: bool) -> String {
    if page.permissions.is_empty() {
        return format!("{}\n", super::nothing(page));
    }
    table::table(page, clock::now(), wide).text(Screen::of_stdout())
}

/// Something of this person has changed, or a right is missing. What else goes wrong is tried again.
fn changes(cluster: &Cluster, owner: &str) -> SelectAll<BoxStream<'static, Result<(), CallError>>> {
    let of_owner = Config::default().fields(&format!("spec.owner.id={}", selected(owner)));
    let mut all = SelectAll::new();
    all.push(one::<AssignmentRequest>(cluster, of_owner.clone()).boxed());
    all.push(one::<ProvisioningOrder>(cluster, of_owner.clone()).boxed());
    all.push(one::<ManagedResource>(cluster, of_owner).boxed());
    all.push(one::<Synchronization>(cluster, Config::default()).boxed());
    all
}

fn one<K>(cluster: &Cluster, config: Config) -> impl Stream<Item = Result<(), CallError>> + Send + 'static + use<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + Send + 'static,
    K: serde::de::DeserializeOwned,
{
    let api: Api<PartialObjectMeta<K>> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    watcher(api, config)
        .default_backoff()
        .modify(|object| object.managed_fields_mut().clear())
        .filter_map(|news| async {
            match news {
                Ok(Event::Init | Event::InitApply(_)) => None,
                Ok(Event::InitDone | Event::Apply(_) | Event::Delete(_)) => Some(Ok(())),
                Err(error) => forbidden(error).map(Err),
            }
        })
}
