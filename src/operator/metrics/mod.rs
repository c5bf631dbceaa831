//! What `/metrics` says, as OpenMetrics. Names and labels come from fixed sets and from configuration, never from objects;
//! nothing is decided here.

mod backlog;
mod calls;
mod collect;
mod count;
mod page;
mod register;
mod table;

pub(super) use calls::Counted;
pub(super) use count::PassKind;
pub use page::page;

use super::Standing;
use super::index::{Index, Key};
use collect::Sources;
use register::{Board, Counters, Histograms};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Stands for the types of requests that name none that exists: anybody may write such names. No type can be called so.
const NO_SUCH_TYPE: &str = "_unknown";

/// Every metric of the operator.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    board: Board,
    sources: Arc<Sources>,
    decisions: Counters<3>,
    orders_ended: Counters<4>,
    requests_ended: Counters<4>,
    request_errors: Counters<3>,
    waiting: Histograms<2>,
    working: Histograms<2>,
    proving: Histograms<2>,
    passes: Histograms<2>,
    calls: Counters<3>,
}

impl Metrics {
    /// All of them at their start: what was not proven is not so.
    pub fn new(index: Arc<Mutex<Index>>, standing: Arc<Standing>) -> Self {
        let sources = Arc::new(Sources {
            index,
            backlog: backlog::Backlog::default(),
            policies_in_force: AtomicBool::new(false),
            standing,
        });
        let mut board = Board::new();
        let asked = Arc::clone(&sources);
        board.on_scrape(move |sheet| asked.fill(sheet));
        Self(Arc::new(Inner {
            sources,
            decisions: board.counters(&table::DECISIONS),
            orders_ended: board.counters(&table::ORDERS_ENDED),
            requests_ended: board.counters(&table::REQUESTS_ENDED),
            request_errors: board.counters(&table::REQUEST_ERRORS),
            waiting: board.histograms(&table::WAITING),
            working: board.histograms(&table::WORKING),
            proving: board.histograms(&table::PROVING),
            passes: board.histograms(&table::PASS),
            calls: board.counters(&table::API_CALLS),
            board,
        }))
    }

    /// The verdict on the policies.
    pub(super) fn judged(&self, in_force: bool) {
        self.0.sources.policies_in_force.store(in_force, Ordering::Relaxed);
    }

    /// Something happened to a key: it is to be worked on now.
    pub(super) fn woken(&self, key: &Key) {
        self.0.sources.backlog.woken(key);
    }

    /// A key is worked on.
    pub(super) fn begins(&self, key: &Key) {
        self.0.sources.backlog.begins(key);
    }

    /// A key is let go, since another replica works.
    pub(super) fn dropped(&self, key: &Key) {
        self.0.sources.backlog.dropped(key);
    }

    /// The text that a scrape gets.
    ///
    /// # Errors
    /// When a metric cannot be written as text; a fault of the program.
    pub fn text(&self) -> Result<String, fmt::Error> {
        self.0.board.text()
    }
}

/// What gauges take. More than fits is as good as the most.
fn number<T: TryInto<i64>>(many: T) -> i64 {
    many.try_into().unwrap_or(i64::MAX)
}
