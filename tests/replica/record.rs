//! Who asked what of the API server, in the order in which it arrived.

use super::PATIENCE;
use crate::proxy::Call;
use tokio::sync::watch;
use tokio::time::Instant;

/// A call that matters here.
#[derive(Clone, Debug)]
pub struct Made {
    pub at: Instant,
    /// Which process made it.
    pub by: String,
    what: What,
    /// Method and path.
    call: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Lease,
    Write,
    /// All objects of a kind.
    List,
}

impl Made {
    pub fn is_about_lease(&self) -> bool {
        self.what == What::Lease
    }

    pub fn is_write(&self) -> bool {
        self.what == What::Write
    }

    pub fn is_list(&self) -> bool {
        self.what == What::List
    }
}

#[derive(Default)]
pub struct Record(watch::Sender<Vec<Made>>);

impl Record {
    pub fn note(&self, process: &str, call: &Call) {
        let Some(what) = kind(call) else { return };
        let made = Made {
            at: Instant::now(),
            by: process.to_owned(),
            what,
            call: format!("{} {} {:?}", call.method, call.path, call.object),
        };
        self.0.send_modify(|all| all.push(made));
    }

    pub fn so_far(&self) -> Vec<Made> {
        self.0.borrow().clone()
    }

    /// How many writes a process has sent.
    pub fn writes_of(&self, process: &str) -> usize {
        writes_of(&self.0.borrow(), process)
    }

    /// Waits until what was made is so.
    pub async fn until(&self, what: &str, so: impl Fn(&[Made]) -> bool) {
        let mut all = self.0.subscribe();
        let waited = tokio::time::timeout(PATIENCE, all.wait_for(|all| so(all)))
            .await
            .is_ok();
        assert!(waited, "waited in vain for {what}");
    }

    /// Waits until a process has sent more writes than so many.
    pub async fn until_writes(&self, process: &str, more_than: usize) {
        let what = format!("more than {more_than} writes of {process}");
        self.until(&what, |all| writes_of(all, process) > more_than).await;
    }

    /// Panics when a process wrote after another one had taken over from it. Answers who wrote, one after the other.
    pub fn one_writes_at_a_time(&self) -> Vec<String> {
        let mut wrote: Vec<String> = Vec::new();
        for made in self.0.borrow().iter().filter(|made| made.is_write()) {
            if wrote.last() != Some(&made.by) {
                assert!(
                    !wrote.contains(&made.by),
                    "{made:?} came after a write of {:?}",
                    wrote.last()
                );
                wrote.push(made.by.clone());
            }
        }
        wrote
    }
}

fn writes_of(all: &[Made], process: &str) -> usize {
    all.iter().filter(|made| made.by == process && made.is_write()).count()
}

fn kind(call: &Call) -> Option<What> {
    if call.path.contains("/coordination.k8s.io/") {
        return Some(What::Lease);
    }
    if call.method == "GET" {
        let is_list = call.path.contains("/handoff.dev/") && call.object.is_none() && !call.watch;
        // Of one line, or of one type's inventory, lists are short.
        let is_whole = !call.query.contains("Selector=");
        return (is_list && is_whole).then_some(What::List);
    }
    let stores_nothing = call.query.contains("dryRun=All") || call.path.ends_with("/selfsubjectreviews");
    (!stores_nothing).then_some(What::Write)
}
