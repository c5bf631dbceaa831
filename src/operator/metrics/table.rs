//! Every metric there is: one row each. Registering takes a row, rows are made here only, and `docs/metrics.md` is made of
//! them, so nothing is measured that is not documented. It may not measure anything.

use std::marker::PhantomData;

/// What people are told about a metric, and how it is registered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct About {
    /// Without prefix, unit and `_total`.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether it counts seconds; else it has no unit.
    pub(super) seconds: bool,
    pub(super) labels: &'static [&'static str],
    /// What it is: one line without a full stop at its end, which the encoder adds.
    pub(super) help: &'static str,
    /// What to do with it.
    pub(super) act: &'static str,
}

/// The three kinds of metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Gauge,
    Counter,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

impl About {
    /// The name as queries spell it.
    pub(super) fn full_name(&self) -> String {
        let unit = if self.seconds { "_seconds" } else { "" };
        let total = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge | Kind::Histogram(_) => "",
        };
        format!("{PREFIX}_{}{unit}{total}", self.name)
    }
}

/// What every name begins with.
pub(super) const PREFIX: &str = "handoff";

/// A row of the table. Only this module can make one.
#[derive(Debug)]
pub(super) struct Row<K, const N: usize> {
    about: About,
    labels: [&'static str; N],
    kind: PhantomData<fn() -> K>,
}

impl<K, const N: usize> Row<K, N> {
    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// Each label with its value.
    pub(super) fn labels(&self, values: [&str; N]) -> [(&'static str, String); N] {
        std::array::from_fn(|at| (self.labels[at], values[at].to_owned()))
    }
}

/// Marks rows of gauges.
#[derive(Debug)]
pub(super) struct Gauge;
/// Marks rows of counters.
#[derive(Debug)]
pub(super) struct Counter;
/// Marks rows of histograms.
#[derive(Debug)]
pub(super) struct Histogram;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// What people take: a minute to four weeks.
const PEOPLE: &[f64] = &[
    MINUTE,
    5.0 * MINUTE,
    15.0 * MINUTE,
    HOUR,
    4.0 * HOUR,
    8.0 * HOUR,
    DAY,
    2.0 * DAY,
    4.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    28.0 * DAY,
];

/// What a pass takes: a millisecond to the time that one call may take.
const MACHINE: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

macro_rules! kind {
    (Gauge) => {
        Kind::Gauge
    };
    (Counter) => {
        Kind::Counter
    };
    (Histogram $buckets:ident) => {
        Kind::Histogram($buckets)
    };
}

macro_rules! table {
    ($($kind:ident $(($buckets:ident))? $row:ident = $name:literal $(in $seconds:ident)? [$($label:literal),*] {
        help: $help:literal,
        act: $act:literal,
    })*) => {
        $(#[doc = $help] pub(super) const $row: Row<$kind, { let all: &[&str] = &[$($label),*]; all.len() }> = Row {
            about: About {
                name: $name,
                kind: kind!($kind $($buckets)?),
                seconds: { let unit: &[&str] = &[$(stringify!($seconds))?]; !unit.is_empty() },
                labels: &[$($label),*],
                help: $help,
                act: $act,
            },
            labels: [$($label),*],
            kind: PhantomData,
        };)*
        /// Every metric, in the order of the documentation.
        pub(super) const TABLE: &[&About] = &[$(&$row.about),*];
    };
}

table! {
    Gauge BUILD = "build_info" ["version", "commit"] {
        help: "Always 1; the labels say which version of the operator runs, and of which commit it is built",
        act: "`count by (version, commit) (handoff_build_info)` says whether all replicas are the same.",
    }
    Gauge POLICIES_IN_FORCE = "policies_in_force" [] {
        help: "1 while the admission policies are proven to be in force; 0: nothing moves",
        act: "Alert on 0 for longer than five minutes: `/readyz` and the log say what is missing.",
    }
    Gauge LEADER = "leader" [] {
        help: "1 while this replica works; 0: it keeps ready for that. What there is in the cluster is said by the one that works alone",
        act: "Alert where the sum over the replicas is not 1 for longer than three minutes (a takeover takes up to 18 s, and then somebody has to ask): `kubectl get lease` says who holds it, the log of each replica why it does not.",
    }
    Gauge ORDERS = "orders" ["namespace", "type", "entity", "state"] {
        help: "ProvisioningOrders that exist, finished ones until they are removed; state None for the moment before an order has one",
        act: "`sum by (entity) (handoff_orders{state=\"Transmitted\"})` is what people have to do. AwaitingApproval waits for a reviewer, Error for an administrator.",
    }
    Gauge REQUESTS = "requests" ["namespace", "type", "state"] {
        help: "AssignmentRequests that exist, finished ones until they are removed",
        act: "Alert on state Error for longer than a day: `kubectl get areq` says why each is there.",
    }
    Gauge ORDERS_OVERDUE = "orders_overdue" ["namespace", "type"] {
        help: "Orders with people that are past their due time",
        act: "Alert above 0: remind whoever has them, or assign them to somebody else.",
    }
    Gauge OLDEST = "oldest_transmitted_order_age" in seconds ["namespace", "type"] {
        help: "Time since the hand-over of the order that has waited longest for an answer of a person; 0 when none waits",
        act: "Alert where it is longer than what the team promises, for types without `dueAfter` too.",
    }
    Gauge UNREADABLE = "unreadable_orders" [] {
        help: "Orders that are there but cannot be read; nothing is done for their resources",
        act: "Alert above 0: the log names each; correct or delete it.",
    }
    Counter DECISIONS = "order_decisions" ["namespace", "type", "result"] {
        help: "Answers of people that were taken in, by result: Confirmed or Errored; one that is not believed is none",
        act: "The share of Errored says how often the work cannot be done as asked.",
    }
    Counter ORDERS_ENDED = "orders_ended" ["namespace", "type", "state", "reason"] {
        help: "Orders that came to their end, by state and reason; one that was Executed for good and is taken back ends twice",
        act: "Errored/Refuted: confirmed, but the data says otherwise. Errored/DecisionUntrusted: not believed. Errored/ValidityExpired: nobody answered. Alert on the first two.",
    }
    Counter REQUESTS_ENDED = "requests_ended" ["namespace", "type", "state", "reason"] {
        help: "Requests that came to their end, by state and reason; Inactive with Declined or NotAllowed was refused",
        act: "Compare those that succeeded (Executed, Verified) with the others.",
    }
    Counter REQUEST_ERRORS = "request_errors" ["namespace", "type", "reason"] {
        help: "Requests that fell into Error, or in which another error took the place of the first, by reason",
        act: "Many at once after a change of a type: look at that type. The gauge of requests says how many are still there.",
    }
    Histogram(PEOPLE) WAITING = "order_waiting" in seconds ["namespace", "type"] {
        help: "Time from the hand-over of an order until the operator saw the first claim (spec.assignee), or the answer where nobody claimed it before; orders assigned before the hand-over count when they are first touched after it; those taken back before are not in it",
        act: "How long work lies about before anybody looks at it. A high quantile asks for more people or better lists.",
    }
    Histogram(PEOPLE) WORKING = "order_working" in seconds ["namespace", "type"] {
        help: "Time from the hand-over of an order until the operator saw the answer of a person, Confirmed or Errored",
        act: "What requesters can be told about how long it takes; the base of a sensible `dueAfter`.",
    }
    Histogram(PEOPLE) PROVING = "order_proving" in seconds ["namespace", "type"] {
        help: "Time from when an order was Executed until it was Verified; 0 where the type trusts people",
        act: "Longer than the exports are apart: `kubectl get sync` says whether snapshots come and are accepted.",
    }
    Gauge QUEUE = "queue_keys" ["stage"] {
        help: "Pieces of work, one for a line, request, type or snapshot: waiting were woken by an event and have not begun, in_flight are worked on now",
        act: "Alert on waiting that does not fall for ten minutes while nothing new comes in: the API server is slow, or the policies are not proven. What is to be tried again later is not in it.",
    }
    Histogram(MACHINE) PASS = "pass_duration" in seconds ["kind", "outcome"] {
        help: "How long one pass over a piece of work took, by what it is about and how it ended: wrote, idle, stale (somebody else wrote first, decided again), timeout, refused, failed, blocked (an object stands in the way) or panicked",
        act: "Alert on any panicked, and on refused or blocked that keep coming: the log says which object and what helps.",
    }
    Counter API_CALLS = "api_calls" ["verb", "kind", "outcome"] {
        help: "Calls to the API server by outcome: ok, conflict (409), refused (400, 401, 403, 422), not_found, throttled (429), failed (the rest, and no connection) or timeout (given up without an answer, also where the operator ended meanwhile); verb dry-run asks the admission policies, which refuse by design",
        act: "Alert on refused other than dry-run (a right or a CRD is missing), and on a high share of failed, timeout or throttled.",
    }
    Gauge INDEX_OBJECTS = "index_objects" ["kind", "form"] {
        help: "Objects in memory: live ones whole, packed ones as a few facts or as packed text",
        act: "Memory follows live ones; docs/operations.md has what one takes, measured.",
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_what_prometheus_recommends() {
        let names: BTreeSet<String> = TABLE.iter().map(|about| about.full_name()).collect();
        assert_eq!(names.len(), TABLE.len(), "a name is there twice");
        for about in TABLE {
            let lower = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(
                lower(about.name) && about.labels.iter().all(|label| lower(label)),
                "{about:?}"
            );
            for ending in ["_total", "_seconds", "_count", "_sum", "_bucket"] {
                assert!(!about.name.ends_with(ending), "{about:?}");
            }
            let is_time = matches!(about.kind, Kind::Histogram(_));
            assert!(!is_time || about.seconds, "{about:?}");
        }
    }

    #[test]
    fn helps_can_be_written_as_they_are() {
        for about in TABLE {
            assert!(
                !about.help.contains(['\n', '\\', '"', '|']) && !about.help.ends_with('.'),
                "{about:?}"
            );
            assert!(
                about.act.ends_with('.') && !about.act.contains(['\n', '|']),
                "{about:?}"
            );
        }
    }
}
