//! The work as it changes: in place on a terminal, else a table after the other. It writes nothing to the cluster.

use super::super::calls::forbidden;
use super::super::canvas::Canvas;
use super::super::clock;
use super::super::cluster::{Cluster, chain};
use super::super::screen::Screen;
use super::super::words::age;
use super::View;
use super::gather::{Objects, Question, ROLE, entity};
use super::kept::Kept;
use super::page::Work;
use futures::stream::{BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType};
use jiff::Timestamp;
use kube::api::Api;
use kube::core::NamespaceResourceScope;
use kube::runtime::watcher::{self, Event, watcher};
use kube::runtime::{WatchStreamExt, watcher::Config};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// The shortest time between two pictures.
const BEAT: Duration = Duration::from_millis(250);
/// How many of these there are between two pictures that differ in ages alone.
const BEATS: usize = 4;

/// Something that a watch told.
enum Told {
    /// Of the orders in the state of this number.
    Order(usize, Box<Event<ProvisioningOrder>>),
    Request(Event<AssignmentRequest>),
    Type(Event<ResourceType>),
    Trouble(watcher::Error),
}

/// What is known.
struct Known {
    orders: Vec<Kept<ProvisioningOrder>>,
    requests: Kept<AssignmentRequest>,
    types: Kept<Option<String>>,
    /// Since when watches fail, and how.
    trouble: Option<(Timestamp, String)>,
}

/// Stays until it is cut off, or nobody reads any more.
///
/// # Errors
/// In words: the right to watch is missing.
pub(super) async fn watch(view: &View<'_>, question: &Question, first: Objects) -> Result<(), String> {
    let mut told = watches(view.cluster, question);
    let mut known = Known {
        orders: question.states.iter().map(|_| Kept::default()).collect(),
        requests: if question.requests {
            Kept::default()
        } else {
            Kept::empty()
        },
        types: Kept::default(),
        trouble: None,
    };
    let mut picture = Picture::of_stdout();
    let mut beat = tokio::time::interval(BEAT);
    let (mut is_new, mut beats) = (true, 0);
    loop {
        tokio::select! {
            Some(news) = told.next() => {
                known.hear(news, view.cluster)?;
                is_new = true;
            }
            _ = beat.tick() => {
                beats = (beats + 1) % BEATS;
                if is_new || beats == 0 {
                    let objects = known.objects().unwrap_or_else(|| first.clone());
                    if picture.show(view, &objects, known.trouble.as_ref()).is_err() {
                        return Ok(());
                    }
                    is_new = false;
                }
            }
        }
    }
}

fn watches(cluster: &Cluster, question: &Question) -> SelectAll<BoxStream<'static, Told>> {
    let with_labels = |config: Config| match &question.labels {
        Some(labels) => config.labels(labels),
        None => config,
    };
    let mut all = SelectAll::new();
    for (number, state) in question.states.iter().enumerate() {
        let config = with_labels(Config::default().fields(&question.orders_in(*state)));
        all.push(stream(cluster, config, move |event| Told::Order(number, Box::new(event))).boxed());
    }
    if question.requests {
        let config = with_labels(Config::default().fields(&question.pending_requests()));
        all.push(stream(cluster, config, Told::Request).boxed());
    }
    all.push(stream(cluster, Config::default(), Told::Type).boxed());
    all
}

fn stream<K>(
    cluster: &Cluster,
    config: Config,
    told: impl Fn(Event<K>) -> Told + Send + 'static,
) -> impl Stream<Item = Told> + Send + 'static
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Send
        + 'static,
{
    let api: Api<K> = if cluster.everywhere {
        Api::all(cluster.client.clone())
    } else {
        Api::namespaced(cluster.client.clone(), &cluster.namespace)
    };
    watcher(api, config)
        .default_backoff()
        .modify(|object| object.managed_fields_mut().clear())
        .map(move |news| news.map_or_else(Told::Trouble, &told))
}

impl Known {
    /// Takes in what was told.
    ///
    /// # Errors
    /// In words: a right is missing, which no other try mends.
    fn hear(&mut self, told: Told, cluster: &Cluster) -> Result<(), String> {
        match told {
            Told::Trouble(error) => {
                let since = self.trouble.take().map_or_else(clock::now, |(since, _)| since);
                self.trouble = Some((since, chain(&error)));
                return match forbidden(error) {
                    Some(error) => Err(error.explained(ROLE, &cluster.namespace)),
                    None => Ok(()),
                };
            }
            Told::Order(number, event) => {
                if let Some(kept) = self.orders.get_mut(number) {
                    kept.hear(*event, |order| order);
                }
            }
            Told::Request(event) => self.requests.hear(event, |request| request),
            Told::Type(event) => self.types.hear(event, |kind| entity(&kind).1),
        }
        self.trouble = None;
        Ok(())
    }

    /// All that is known; none before everything was told once.
    fn objects(&self) -> Option<Objects> {
        let whole = self.orders.iter().all(|kept| kept.is_whole) && self.requests.is_whole && self.types.is_whole;
        whole.then(|| Objects {
            orders: newest(self.orders.iter().flat_map(Kept::all)),
            requests: self.requests.all().map(|(_, request)| request.clone()).collect(),
            entities: self
                .types
                .all()
                .map(|(at, entity)| (at.clone(), entity.clone()))
                .collect(),
        })
    }
}

/// An order that moves from state to state may for a moment be in two watches.
fn newest<'a, A: Ord>(all: impl Iterator<Item = (A, &'a ProvisioningOrder)>) -> Vec<ProvisioningOrder> {
    let version = |order: &ProvisioningOrder| order.resource_version().and_then(|text| text.parse::<u64>().ok());
    let mut newest: BTreeMap<A, &ProvisioningOrder> = BTreeMap::new();
    for (at, order) in all {
        let kept = newest.entry(at).or_insert(order);
        if version(kept) < version(order) {
            *kept = order;
        }
    }
    newest.into_values().cloned().collect()
}

/// What is on the screen.
enum Picture {
    Terminal(Canvas),
    /// The last table, without its ages.
    Pipe(Option<Work>),
}

impl Picture {
    fn of_stdout() -> Self {
        if std::io::stdout().is_terminal() {
            Self::Terminal(Canvas::on_stdout())
        } else {
            Self::Pipe(None)
        }
    }

    fn show(
        &mut self,
        view: &View<'_>,
        objects: &Objects,
        trouble: Option<&(Timestamp, String)>,
    ) -> std::io::Result<()> {
        let now = clock::now();
        let work = view.work(objects, now);
        let table = || match view.is_empty(&work) {
            true => format!("{}\n", view.nothing(&work)),
            false => view.text(&work, Screen::of_stdout(), now),
        };
        match self {
            Self::Terminal(canvas) => canvas.draw(&format!("{}{}", table(), trouble_in_words(trouble, now))),
            Self::Pipe(last) => {
                if last.as_ref() == Some(&work) {
                    return Ok(());
                }
                let text = format!("{}{}", if last.is_some() { "\n" } else { "" }, table());
                *last = Some(work);
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
        }
    }
}

fn trouble_in_words(trouble: Option<&(Timestamp, String)>, now: Timestamp) -> String {
    let words = trouble.map(|(since, error)| {
        let error = super::super::words::harmless(error);
        format!(
            "\nNot up to date since {}, and tried again: {error}\n",
            age(*since, now)
        )
    });
    words.unwrap_or_default()
}
