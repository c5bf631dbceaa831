//! What is shown of an order or a request, as data: `-o json` and `-o yaml` print it as it is. Pure: `now` comes in.

use super::super::facts::{self, WaitsFor};
use super::super::history::{self, Detail, Event};
use super::next::{self, Next};
use handoff_core::api::assignment_request::ApprovalResult;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, duration};
use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;

/// One of them.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Page {
    /// An order.
    Order(Box<OrderPage>),
    /// A request.
    Request(Box<RequestPage>),
}

/// Several of them.
#[derive(Debug, Serialize)]
pub(super) struct Pages {
    pub items: Vec<Page>,
}

/// Everything about an order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderPage {
    pub order: ProvisioningOrder,
    /// Those that it answers, in its order of them.
    pub requests: Vec<AssignmentRequest>,
    /// Names of those that are gone.
    pub missing_requests: Vec<String>,
    /// Orders of the same resource with a smaller number, and with a greater one.
    pub earlier_orders: Vec<ProvisioningOrder>,
    pub later_orders: Vec<ProvisioningOrder>,
    pub overdue: bool,
    /// When it counts as failed without an answer.
    pub valid_until: Option<Timestamp>,
    pub next: Next,
    pub history: Vec<Event>,
}

/// Everything about a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestPage {
    pub request: AssignmentRequest,
    /// Who agreed; whoever asked may count as the first.
    pub approved_by: Vec<String>,
    /// The oldest first.
    pub orders: Vec<ProvisioningOrder>,
    pub next: Next,
    pub history: Vec<Event>,
}

/// The page of an order. `line`: the other orders of its resource. `place`: the flags that lead a command to it.
pub(super) fn of_order(
    mut order: ProvisioningOrder,
    mut requests: Vec<AssignmentRequest>,
    mut line: Vec<ProvisioningOrder>,
    place: &str,
    now: Timestamp,
) -> OrderPage {
    order.metadata.managed_fields = None;
    requests.iter_mut().for_each(|one| one.metadata.managed_fields = None);
    line.iter_mut().for_each(|one| one.metadata.managed_fields = None);
    let is_there = |uid: &str| requests.iter().any(|one| one.metadata.uid.as_deref() == Some(uid));
    let missing = order.spec.request_refs.iter().filter(|one| !is_there(&one.uid));
    let missing: Vec<String> = missing.map(|one| one.name.clone()).collect();
    let history = history::of_one(&order, &line, &[]);
    let (earlier_orders, later_orders) = line
        .into_iter()
        .partition::<Vec<_>, _>(|other| other.spec.sequence < order.spec.sequence);
    let due = order
        .status
        .as_ref()
        .and_then(|status| facts::at(status.due_at.as_ref()));
    let with_person = facts::waits_for(&order) == Some(WaitsFor::Fulfiller);
    OrderPage {
        overdue: with_person && due.is_some_and(|due| due <= now),
        valid_until: valid_until(&order).filter(|_| with_person),
        next: next::of_order(&order, later_orders.first(), place),
        missing_requests: missing,
        requests,
        earlier_orders,
        later_orders,
        history,
        order,
    }
}

fn valid_until(order: &ProvisioningOrder) -> Option<Timestamp> {
    let validity = duration::parse(order.spec.policy.transmitted_state_validity.as_deref()?).ok()?;
    let since = facts::at(order.status.as_ref()?.transmitted_at.as_ref())?;
    since.checked_add(validity).ok()
}

/// The page of a request.
pub(super) fn of_request(
    mut request: AssignmentRequest,
    mut orders: Vec<ProvisioningOrder>,
    place: &str,
) -> RequestPage {
    request.metadata.managed_fields = None;
    orders.iter_mut().for_each(|one| one.metadata.managed_fields = None);
    let mut history = history::events(&orders, std::slice::from_ref(&request), Detail::Whole);
    let object = format!("areq/{}", request.name_any());
    history.retain(|event| event.object == object);
    RequestPage {
        approved_by: approved_by(&request),
        next: next::of_request(&request, &orders, place),
        orders,
        history,
        request,
    }
}

fn approved_by(request: &AssignmentRequest) -> Vec<String> {
    let spec = &request.spec;
    let approvals = spec.approvals.iter();
    let agreed = approvals.filter(|(_, answer)| answer.result == ApprovalResult::Approved);
    let agreed: Vec<String> = agreed.map(|(who, _)| who.clone()).collect();
    // Whoever asks and may approve counts as the first, where the type says so: then more are counted than have answered.
    let counted = request.status.as_ref().and_then(|status| status.approvals.as_deref());
    let counted = counted.and_then(|text| text.split('/').next()?.parse::<usize>().ok());
    let asked = spec.requested_by.as_ref().filter(|by| by.may_approve == Some(true));
    let asked = asked
        .filter(|_| counted > Some(agreed.len()))
        .map(|by| by.username.clone());
    asked.into_iter().chain(agreed).collect()
}
