//! What people write into orders. Pure.

use super::super::facts::needs_recovery;
use super::weigh::{Acting, Deed, Weighed};
use handoff_core::api::provisioning_order::{
    Assignee, Decision, DecisionResult, Recovery, RecoveryAction, Review, ReviewResult,
};
use handoff_core::api::{Actor, ProvisioningOrder, ProvisioningState as State};
use jiff::Timestamp;
use kube::ResourceExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One of them.
#[derive(Clone, Debug)]
pub(super) enum OrderDeed {
    /// Takes it for oneself.
    Claim,
    /// Gives it back.
    Release,
    /// Gives it to somebody.
    Assign(String),
    /// Answers it; `by` is filled in when it is sent.
    Decide(Decision),
    /// Releases or stops it.
    Review(Review),
    /// Goes on after an error.
    Recover(Recovery),
    /// Takes a confirmation back.
    TakeBack(Recovery),
}

impl Deed<ProvisioningOrder> for OrderDeed {
    fn verb(&self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Assign(_) => "assign",
            Self::Decide(decision) => match decision.result {
                DecisionResult::Confirmed => "confirm",
                DecisionResult::Errored => "report as an error",
            },
            Self::Review(_) => "review",
            Self::Recover(recovery) => match recovery.action {
                RecoveryAction::Retry => "retry",
                RecoveryAction::Abandon => "abandon",
            },
            Self::TakeBack(_) => "take back",
        }
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Claim => "claimed",
            Self::Release => "released",
            Self::Assign(_) => "assigned",
            Self::Decide(decision) => decided(decision.result),
            Self::Review(review) => reviewed(review.result),
            Self::Recover(recovery) => recovered(recovery.action),
            Self::TakeBack(_) => "taken back",
        }
    }

    fn role(&self) -> &'static str {
        match self {
            Self::Claim | Self::Release | Self::Decide(_) | Self::TakeBack(_) => "handoff-fulfiller",
            Self::Assign(_) => "handoff-dispatcher",
            Self::Review(_) => "handoff-reviewer",
            Self::Recover(recovery) => match recovery.action {
                RecoveryAction::Retry => "handoff-fulfiller",
                RecoveryAction::Abandon => "handoff-reviewer",
            },
        }
    }

    fn states(&self) -> &'static [State] {
        match self {
            Self::Claim | Self::Release | Self::Assign(_) | Self::Decide(_) => &[State::Transmitted],
            Self::Review(_) => &[State::AwaitingApproval],
            Self::Recover(_) => &[State::Errored],
            Self::TakeBack(_) => &[State::Executed],
        }
    }

    fn fits(&self, order: &ProvisioningOrder, acting: &Acting) -> bool {
        let spec = &order.spec;
        match self {
            Self::Claim => spec.assignee.is_none() && spec.decision.is_none(),
            Self::Release => assignee(order) == Some(acting.me.username.as_str()) && spec.decision.is_none(),
            Self::Assign(_) | Self::Decide(_) => spec.decision.is_none(),
            Self::Review(_) => spec
                .review
                .as_ref()
                .is_none_or(|said| said.result == ReviewResult::Postponed),
            Self::Recover(_) => spec.recovery.is_none() && needs_recovery(order),
            Self::TakeBack(_) => spec.recovery.is_none(),
        }
    }

    fn weigh(&self, order: &ProvisioningOrder, acting: &Acting) -> Weighed {
        match self {
            Self::Claim => claim(order, acting),
            Self::Release => release(order),
            Self::Assign(to) => assign(order, to, acting),
            Self::Decide(decision) => decide(order, decision, acting),
            Self::Review(answer) => review(order, answer, acting),
            Self::Recover(recovery) => recover(order, recovery, acting),
            Self::TakeBack(recovery) => take_back(order, recovery, acting),
        }
    }
}

fn decided(result: DecisionResult) -> &'static str {
    match result {
        DecisionResult::Confirmed => "confirmed",
        DecisionResult::Errored => "reported as an error",
    }
}

fn reviewed(result: ReviewResult) -> &'static str {
    match result {
        ReviewResult::Approved => "released",
        ReviewResult::Declined => "declined",
        ReviewResult::Postponed => "postponed",
    }
}

fn recovered(action: RecoveryAction) -> &'static str {
    match action {
        RecoveryAction::Retry => "put back for another try",
        RecoveryAction::Abandon => "abandoned",
    }
}

fn assignee(order: &ProvisioningOrder) -> Option<&str> {
    order.spec.assignee.as_ref().map(|assignee| assignee.username.as_str())
}

fn decided_at(order: &ProvisioningOrder) -> Option<Timestamp> {
    let status = order.status.as_ref()?;
    status.decided_at.as_ref().map(|at| at.0)
}

fn signed(block: impl serde::Serialize, me: &Actor) -> Value {
    let mut block = serde_json::to_value(block).unwrap_or_default();
    block["by"] = json!(me);
    block
}

/// A patch of what others may be changing too: it counts only for the version that was looked at.
fn exact(order: &ProvisioningOrder, spec: &Value) -> Weighed {
    Weighed::Send(json!({"metadata": {"resourceVersion": order.resource_version()}, "spec": spec}))
}

fn claim(order: &ProvisioningOrder, acting: &Acting) -> Weighed {
    let me = &acting.me.username;
    match assignee(order) {
        Some(who) if who == me => Weighed::Already(format!("claimed by {who}")),
        Some(who) => Weighed::Refuse(format!(
            "it is claimed by {who}: ask them to release it. Whoever gives out the work can move it: kubectl handoff assign {} --to {me}",
            order.name_any()
        )),
        None => exact(order, &json!({"assignee": signed(named(me), &acting.me)})),
    }
}

fn named(username: &str) -> Assignee {
    Assignee {
        username: username.to_owned(),
        by: None,
    }
}

fn release(order: &ProvisioningOrder) -> Weighed {
    if order.spec.assignee.is_none() {
        return Weighed::Already("claimed by nobody".to_owned());
    }
    exact(order, &json!({"assignee": null}))
}

fn assign(order: &ProvisioningOrder, to: &str, acting: &Acting) -> Weighed {
    if assignee(order) == Some(to) {
        return Weighed::Already(format!("assigned to {to}"));
    }
    exact(order, &json!({"assignee": signed(named(to), &acting.me)}))
}

fn decide(order: &ProvisioningOrder, decision: &Decision, acting: &Acting) -> Weighed {
    let Some(said) = &order.spec.decision else {
        return Weighed::Send(json!({"spec": {"decision": signed(decision, &acting.me)}}));
    };
    let told = acting.told(decided(said.result), said.by.as_ref(), decided_at(order));
    let name = order.name_any();
    if said.result == decision.result {
        return match says_more(decision, said) {
            None => Weighed::Already(told),
            Some(field) => Weighed::Refuse(format!(
                "it was {told}, and that is final, without this {field}: kubectl handoff show {name}"
            )),
        };
    }
    let helps = match said.result {
        DecisionResult::Confirmed => {
            format!("Was that wrong? Take it back: kubectl handoff takeback {name} -m \"...\"")
        }
        DecisionResult::Errored => format!("Have it tried again: kubectl handoff retry {name}"),
    };
    Weighed::Refuse(format!("it was {told}, and that is final. {helps}"))
}

/// What is given now and was not said then.
fn says_more(given: &Decision, said: &Decision) -> Option<&'static str> {
    let differs = |given: &Option<String>, said: &Option<String>| given.is_some() && given != said;
    let fields = [
        ("message", differs(&given.message, &said.message)),
        ("evidence", differs(&given.evidence, &said.evidence)),
        ("ticket number", differs(&given.ticket_ref, &said.ticket_ref)),
        (
            "actual value",
            !given.actual_values.is_empty() && given.actual_values != said.actual_values,
        ),
    ];
    fields.into_iter().find_map(|(field, differs)| differs.then_some(field))
}

fn review(order: &ProvisioningOrder, answer: &Review, acting: &Acting) -> Weighed {
    let send = || {
        let mut review = signed(answer, &acting.me);
        // What was said while it was postponed does not stay, also where that was a moment ago.
        for field in ["declinedProperties", "comment"] {
            if review.get(field).is_none() {
                review[field] = Value::Null;
            }
        }
        Weighed::Send(json!({"spec": {"review": review}}))
    };
    let Some(said) = &order.spec.review else {
        return send();
    };
    let same = said.result == answer.result && as_set(&said.declined_properties) == as_set(&answer.declined_properties);
    let told = acting.told(reviewed(said.result), said.by.as_ref(), None);
    match said.result {
        ReviewResult::Postponed if same && (answer.comment.is_none() || said.comment == answer.comment) => {
            Weighed::Already(told)
        }
        ReviewResult::Postponed => send(),
        ReviewResult::Approved | ReviewResult::Declined if same => Weighed::Already(told),
        ReviewResult::Approved | ReviewResult::Declined => Weighed::Refuse(format!("it was {told}, and that is final")),
    }
}

fn as_set(names: &[String]) -> BTreeSet<&String> {
    names.iter().collect()
}

/// What there is to say where a recovery is written already.
fn recovered_already(order: &ProvisioningOrder, recovery: &Recovery, acting: &Acting) -> Option<Weighed> {
    let said = order.spec.recovery.as_ref()?;
    let told = acting.told(recovered(said.action), said.by.as_ref(), None);
    Some(if said.action == recovery.action {
        Weighed::Already(told)
    } else {
        Weighed::Refuse(format!("it was {told}, and that is final"))
    })
}

fn state(order: &ProvisioningOrder) -> Option<State> {
    order.status.as_ref().and_then(|status| status.state)
}

fn recover(order: &ProvisioningOrder, recovery: &Recovery, acting: &Acting) -> Weighed {
    if let Some(already) = recovered_already(order, recovery, acting) {
        return already;
    }
    if state(order) == Some(State::Executed) {
        return Weighed::Refuse(format!(
            "it is Executed, somebody confirmed it. Was that wrong? Take it back: kubectl handoff takeback {} -m \"...\"",
            order.name_any()
        ));
    }
    Weighed::Send(json!({"spec": {"recovery": signed(recovery, &acting.me)}}))
}

fn take_back(order: &ProvisioningOrder, recovery: &Recovery, acting: &Acting) -> Weighed {
    if let Some(already) = recovered_already(order, recovery, acting) {
        return already;
    }
    let name = order.name_any();
    match state(order) {
        Some(State::Errored) => Weighed::Refuse(format!(
            "it is Errored, nobody's confirmation counts. Go on with it: kubectl handoff retry {name}, or kubectl handoff abandon {name}"
        )),
        Some(State::Verified) => Weighed::Refuse(
            "it is Verified, the data shows that it was done. Ask for what is wished now: kubectl handoff request --help"
                .to_owned(),
        ),
        None
        | Some(
            State::None
            | State::AwaitingApproval
            | State::Pending
            | State::Transmitted
            | State::Executed
            | State::Inactive
            | State::Error,
        ) => Weighed::Send(json!({"spec": {"recovery": signed(recovery, &acting.me)}})),
    }
}
