//! What there is to send for one object, given what it says already. Pure. The API server alone decides who may do what: here
//! only that is refused which it would take for something else.

use super::super::words::moment;
use handoff_core::api::{Actor, ProvisioningState as State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// What there is to do about one object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Weighed {
    /// This merge patch.
    Send(Value),
    /// It is done: what was done, by whom, when.
    Already(String),
    /// It would do something else than was asked for: why, and what helps.
    Refuse(String),
}

/// Who acts, and what time it is there.
#[derive(Clone, Debug)]
pub(super) struct Acting {
    /// Who.
    pub me: Actor,
    /// Now.
    pub now: Timestamp,
    /// The time zone of whoever reads it.
    pub zone: TimeZone,
}

/// Something that a person does to objects of one kind.
pub(super) trait Deed<K>: Sync {
    /// `confirm`
    fn verb(&self) -> &'static str;
    /// `confirmed`
    fn done(&self) -> &'static str;
    /// The role that has the right for it.
    fn role(&self) -> &'static str;
    /// The states of those that are searched; none for any.
    fn states(&self) -> &'static [State];
    /// What the API server can look for among those that are searched, as a field selector.
    fn field(&self) -> Option<&'static str> {
        None
    }
    /// Whether a searched object of these states is meant.
    fn fits(&self, object: &K, acting: &Acting) -> bool;
    /// What there is to do.
    fn weigh(&self, object: &K, acting: &Acting) -> Weighed;
}

impl Acting {
    /// `confirmed by bob at 14:02`
    pub(super) fn told(&self, done: &str, by: Option<&Actor>, at: Option<Timestamp>) -> String {
        let by = by.map(|by| format!(" by {}", by.username)).unwrap_or_default();
        let at = at.map(|at| format!(" at {}", moment(at, self.now, &self.zone)));
        format!("{done}{by}{}", at.unwrap_or_default())
    }
}
