//! An order as text: all that is needed to do the work. Pure: `now`, the time zone and the screen come in.

use super::super::facts::{self, standing};
use super::super::fields::{Fields, indented};
use super::super::history;
use super::super::screen::Screen;
use super::super::table::Tone;
use super::super::words::{age, moment};
use super::changes;
use super::page::OrderPage;
use super::request::person;
use handoff_core::api::condition::{STOP_REQUESTED, holding};
use handoff_core::api::resource_type::Evidence;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::Timestamp;
use kube::ResourceExt;

/// How it is shown.
pub(super) struct Look {
    pub screen: Screen,
    pub times: history::Look,
}

impl Look {
    fn moment(&self, at: Timestamp) -> String {
        moment(at, self.times.now, &self.times.zone)
    }

    /// `13:02 (5m ago)`
    pub(super) fn ago(&self, at: Timestamp) -> String {
        format!("{} ({} ago)", self.moment(at), age(at, self.times.now))
    }

    /// `in 3h (16:02)`, `overdue since 13:02 (5m)`
    fn due(&self, due: Timestamp, overdue: bool) -> (String, Tone) {
        let now = self.times.now;
        if overdue {
            let text = format!("{} overdue, it was due {}", age(due, now), self.moment(due));
            return (text, Tone::Bad);
        }
        let text = if due > now {
            format!("in {} ({})", age(now, due), self.moment(due))
        } else {
            self.moment(due)
        };
        (text, Tone::Plain)
    }
}

/// The text.
pub(super) fn text(page: &OrderPage, look: &Look) -> String {
    let colour = look.screen.colour;
    let ticket = &page.order.spec.ticket;
    let mut text = head(page, look).text(colour);
    if !ticket.instructions.trim().is_empty() {
        text.push_str("\nInstructions:\n");
        text.push_str(&indented(&ticket.instructions));
    }
    let whole = Screen {
        width: None,
        ..look.screen
    };
    if let Some(changes) = changes::of_order(&page.order) {
        text.push('\n');
        text.push_str(&changes.text(whole));
    }
    let more = conditions(page, look).text(colour);
    if !more.is_empty() {
        text.push('\n');
        text.push_str(&more);
    }
    text.push('\n');
    text.push_str(&history::table(&page.history, &look.times).text(look.screen));
    text
}

fn head(page: &OrderPage, look: &Look) -> Fields {
    let order = &page.order;
    let spec = &order.spec;
    let status = order.status.clone().unwrap_or_default();
    let mut fields = Fields::default();
    fields.add(
        "Order",
        format!("{} in {}", order.name_any(), order.namespace().unwrap_or_default()),
    );
    fields.add("Title", &spec.ticket.title);
    let since = facts::since(&status.history).map(|since| format!(", {}", look.ago(since)));
    let state = standing(status.state, status.reason.as_deref());
    fields.toned(
        "State",
        format!("{state}{}", since.unwrap_or_default()),
        changes::tone(status.state),
    );
    fields.maybe("State", status.message.as_deref().map(facts::without_commands));
    if let Some(stop) = holding(&status.conditions, STOP_REQUESTED) {
        fields.toned("Stop", facts::without_commands(&stop.message), Tone::Warning);
    }
    for who in &page.next.who {
        fields.add("Next", who);
    }
    for command in &page.next.commands {
        fields.add("Next", format!("  {command}"));
    }
    if let Some(due) = facts::at(status.due_at.as_ref()) {
        let (text, tone) = look.due(due, page.overdue);
        fields.toned("Due", text, tone);
    }
    fields.add("Assignee", assignee(order));
    let user = spec.owner.username.as_ref().filter(|user| **user != spec.owner.id);
    let user = user.map(|user| format!(", user {user}")).unwrap_or_default();
    let owner = person(&spec.owner.id, spec.owner.display_name.as_deref());
    fields.add("Owner", format!("{owner}{user}"));
    let deed = changes::deed(
        spec.operation,
        &spec.resource_type_ref.name,
        Some(&spec.resource.identifier),
    );
    fields.add("What", deed);
    wishes(page, look, &mut fields);
    fields.maybe("Where", spec.ticket.url.as_deref());
    fields
}

fn assignee(order: &ProvisioningOrder) -> String {
    let Some(assignee) = &order.spec.assignee else {
        return "nobody".to_owned();
    };
    let by = assignee.by.as_ref().map(|by| &by.username);
    match by.filter(|by| **by != assignee.username) {
        Some(by) => format!("{}, given by {by}", assignee.username),
        None => assignee.username.clone(),
    }
}

/// Who wished it, why, and who agreed.
fn wishes(page: &OrderPage, look: &Look, fields: &mut Fields) {
    for request in &page.requests {
        fields.add("For", wish(request, look));
        if let Some(why) = &request.spec.justification {
            fields.add("For", indented(why));
        }
        for (who, answer) in &request.spec.approvals {
            let comment = answer.comment.as_ref().map(|comment| format!(": {comment}"));
            let result = super::request::answered(answer.result);
            let line = format!("{result} by {who}{}", comment.unwrap_or_default());
            fields.add("For", indented(&line));
        }
        if let Some(cancel) = &request.spec.cancel {
            let who = cancel.by.as_ref().map(|by| format!(" by {}", by.username));
            let line = format!("cancelled{}: {}", who.unwrap_or_default(), cancel.reason);
            fields.toned("For", indented(&line), Tone::Warning);
        }
    }
    for name in &page.missing_requests {
        fields.toned("For", format!("areq/{name}, which is gone"), Tone::Faint);
    }
}

fn wish(request: &AssignmentRequest, look: &Look) -> String {
    let who = request
        .spec
        .requested_by
        .as_ref()
        .map(|by| format!(", asked by {}", by.username));
    let when = facts::at(request.creation_timestamp().as_ref()).map(|at| format!(" {}", look.ago(at)));
    let cause = request
        .spec
        .caused_by
        .as_ref()
        .map(|cause| format!(", caused by areq/{}", cause.name));
    let parts = [who, when, cause].into_iter().flatten().collect::<String>();
    format!("areq/{}{parts}", request.name_any())
}

/// What an answer needs, and what was before.
fn conditions(page: &OrderPage, look: &Look) -> Fields {
    let spec = &page.order.spec;
    let mut fields = Fields::default();
    if page.order.spec.decision.is_none() {
        rules(page, look, &mut fields);
    }
    if let Some(previous) = &spec.previous {
        let message = previous.message.as_ref().map(|message| format!(": {message}"));
        let line = format!("{} {}{}", previous.name, previous.reason, message.unwrap_or_default());
        fields.add("Tried before", line);
    }
    let status = page.order.status.as_ref();
    if let Some(proof) = status.and_then(|status| status.verification.as_ref()) {
        let found = history::proven(proof);
        fields.add("Data", format!("{:?}: {found}", proof.verdict).trim_end_matches(": "));
    }
    let orders = |name, orders: &[ProvisioningOrder], fields: &mut Fields| {
        for order in orders {
            let status = order.status.clone().unwrap_or_default();
            let state = standing(status.state, status.reason.as_deref());
            let since = facts::since(&status.history).map(|since| format!(", {}", look.ago(since)));
            let line = format!(
                "{} {} {state}{}",
                order.name_any(),
                order.spec.operation.as_str(),
                since.unwrap_or_default()
            );
            fields.add(name, line);
        }
    };
    orders("Earlier orders", &page.earlier_orders, &mut fields);
    orders("Later orders", &page.later_orders, &mut fields);
    fields
}

fn rules(page: &OrderPage, look: &Look, fields: &mut Fields) {
    let spec = &page.order.spec;
    let decision = &spec.policy.decision;
    match decision.evidence {
        Evidence::Required => fields.add("Answer", "a confirmation needs evidence"),
        Evidence::Optional => (),
    }
    if decision.claim_required {
        fields.add("Answer", "only who has claimed it may answer");
    }
    if !decision.allow_self_confirmation {
        let mut parties = spec.requesters.clone();
        parties.extend(
            spec.owner
                .username
                .clone()
                .filter(|owner| !spec.requesters.contains(owner)),
        );
        let parties = parties.join(", ");
        fields.add(
            "Answer",
            format!("neither requester nor owner may confirm: {parties}").trim_end_matches(": "),
        );
    }
    if let Some(until) = page.valid_until {
        fields.add(
            "Answer",
            format!("without one it counts as failed, {}", look.due(until, false).0),
        );
    }
}
