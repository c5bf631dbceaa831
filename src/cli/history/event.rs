//! One event, and how events follow each other. Pure.

use super::super::facts;
use handoff_core::api::condition::Condition;
use handoff_core::api::provisioning_order::{
    Assignee, Decision, DecisionResult, Recovery, RecoveryAction, Review, ReviewResult,
};
use handoff_core::api::{HistoryEntry, Values};
use jiff::Timestamp;
use serde::Serialize;

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Event {
    /// When; none: nothing keeps it.
    pub time: Option<Timestamp>,
    /// Where there is no time: it had happened then.
    pub not_after: Option<Timestamp>,
    /// What it happened to, as kubectl names it.
    pub object: String,
    /// What: a state with its reason, or in small letters what somebody did.
    pub event: String,
    pub actor: Option<String>,
    pub said: Said,
    /// The state of an object, rather than what happened to it.
    #[serde(skip)]
    pub is_state: bool,
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Said {
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What shows that the work was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Number of a ticket elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_ref: Option<String>,
    /// What was really set.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub actual_values: Values,
}

impl Said {
    /// Only words.
    pub(in crate::cli) fn words(message: impl Into<Option<String>>) -> Self {
        Self {
            message: message.into().filter(|message| !message.is_empty()),
            ..Self::default()
        }
    }

    /// In one line.
    pub(in crate::cli) fn line(&self) -> String {
        let labelled = |label: &str, text: &Option<String>| text.as_ref().map(|text| format!("{label}: {text}"));
        let actual = self.actual_values.iter();
        let actual = actual.map(|(property, values)| format!("{property}={}", values.join("|")));
        let actual = Some(actual.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty());
        let parts = [
            self.message.clone(),
            labelled("evidence", &self.evidence),
            labelled("ticket", &self.ticket_ref),
            labelled("really set", &actual),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl Event {
    /// At a known time.
    pub(super) fn at(time: Option<Timestamp>, object: &str, event: impl Into<String>) -> Self {
        Self {
            time,
            object: object.to_owned(),
            event: event.into(),
            ..Self::default()
        }
    }

    pub(super) fn by(self, actor: Option<&str>) -> Self {
        Self {
            actor: actor.map(ToOwned::to_owned),
            ..self
        }
    }

    pub(super) fn saying(self, said: Said) -> Self {
        Self { said, ..self }
    }

    /// A state that was reached.
    pub(super) fn state(object: &str, entry: &HistoryEntry) -> Self {
        let reached = facts::standing(Some(entry.state), Some(&entry.reason));
        Self {
            is_state: true,
            ..Self::at(Some(entry.time.0), object, reached).by(entry.actor.as_deref())
        }
    }

    /// A condition that came to hold.
    pub(super) fn condition(object: &str, condition: &Condition) -> Self {
        let name = format!("{}/{}", condition.type_, condition.reason);
        let name = if condition.type_ == condition.reason {
            condition.reason.clone()
        } else {
            name
        };
        Self::at(Some(condition.last_transition_time.0), object, name)
            .by(Some(handoff_core::api::names::OPERATOR_ACTOR))
            .saying(Said::words(facts::without_commands(&condition.message)))
    }
}

/// An act of a person, which belongs to the state that it led to if there is one.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub event: &'static str,
    pub actor: Option<String>,
    pub said: Said,
}

impl Act {
    pub(super) fn decision(decision: &Decision) -> Self {
        Self {
            event: match decision.result {
                DecisionResult::Confirmed => "confirmed",
                DecisionResult::Errored => "reported an error",
            },
            actor: decision.by.as_ref().map(|by| by.username.clone()),
            said: Said {
                message: decision.message.clone(),
                evidence: decision.evidence.clone(),
                ticket_ref: decision.ticket_ref.clone(),
                actual_values: decision.actual_values.clone(),
            },
        }
    }

    pub(super) fn review(review: &Review) -> Self {
        let declined = review.declined_properties.join(", ");
        let declined = Some(format!("without {declined}")).filter(|_| !declined.is_empty());
        let words: Vec<_> = declined.into_iter().chain(review.comment.clone()).collect();
        Self {
            event: match review.result {
                ReviewResult::Approved => "released",
                ReviewResult::Declined => "declined",
                ReviewResult::Postponed => "postponed",
            },
            actor: review.by.as_ref().map(|by| by.username.clone()),
            said: Said::words(words.join(": ")),
        }
    }

    pub(super) fn recovery(recovery: &Recovery) -> Self {
        Self {
            event: match recovery.action {
                RecoveryAction::Retry => "retry",
                RecoveryAction::Abandon => "abandon",
            },
            actor: recovery.by.as_ref().map(|by| by.username.clone()),
            said: Said::words(recovery.comment.clone()),
        }
    }

    pub(super) fn assignment(assignee: &Assignee) -> Self {
        let by = assignee
            .by
            .as_ref()
            .map_or(assignee.username.as_str(), |by| by.username.as_str());
        let oneself = by == assignee.username;
        Self {
            event: if oneself { "claimed" } else { "assigned" },
            actor: Some(by.to_owned()),
            said: Said::words((!oneself).then(|| format!("to {}", assignee.username))),
        }
    }

    /// Says it with the state that it led to. What somebody else did stays an event of its own.
    pub(super) fn join(self, led_to: Option<&mut Event>, object: &str) -> Option<Event> {
        match led_to {
            Some(event) if event.actor == self.actor && event.said == Said::default() => {
                event.said = self.said;
                None
            }
            Some(_) | None => Some(self.alone(object)),
        }
    }

    /// An event of its own, at a time that nothing keeps.
    pub(super) fn alone(self, object: &str) -> Event {
        Event::at(None, object, self.event)
            .by(self.actor.as_deref())
            .saying(self.said)
    }
}
