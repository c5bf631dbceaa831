//! What one export says about one order: as ordered, otherwise, or nothing. Plain comparison of what it holds.

use crate::exports::Run;
use crate::knowledge::sorted;
use crate::managed::{Line, Real};
use crate::proofs::handed_over_at;
use handoff_core::api::provisioning_order::Change;
use handoff_core::api::resource_type::PropertyType;
use handoff_core::api::{Operation, ProvisioningOrder};

/// What an export shows of a resource.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    There(&'a Real),
    Gone,
}

/// What a whole export shows.
pub fn shows<'a>(run: &'a Run, line: &Line) -> Option<Shown<'a>> {
    match run.holds.get(line) {
        Some(real) => run.shown.contains(line).then_some(Shown::There(real)),
        None => run.complete.then_some(Shown::Gone),
    }
}

/// What of an order can be looked for in an export.
struct Compared<'a> {
    existence: bool,
    /// Without secrets.
    changes: Vec<&'a Change>,
    /// A secret was set, and not again since.
    secret: bool,
}

/// What an order did, less what later orders did again that were handed over before the export was taken.
fn compared<'a>(order: &'a ProvisioningOrder, run: &Run, later: &[&ProvisioningOrder]) -> Compared<'a> {
    let before = |other: &&&ProvisioningOrder| handed_over_at(other).is_some_and(|at| at < run.taken_at);
    let later: Vec<_> = later.iter().filter(before).collect();
    let does = |operation| later.iter().any(|other| other.spec.operation == operation);
    let again = |change: &Change| {
        let mut changes = later.iter().flat_map(|other| &other.spec.changes);
        does(Operation::Delete) || changes.any(|other| other.property == change.property)
    };
    let left: Vec<_> = order.spec.changes.iter().filter(|change| !again(change)).collect();
    let (secrets, changes): (Vec<_>, Vec<_>) = left
        .into_iter()
        .partition(|change| change.type_ == PropertyType::Secret);
    Compared {
        existence: !does(Operation::Delete) && !does(Operation::Create),
        changes,
        secret: !secrets.is_empty(),
    }
}

fn as_claimed(order: &ProvisioningOrder, change: &Change, real: &Real) -> bool {
    let is = real.value(&change.property);
    let decision = order.spec.decision.as_ref();
    let actual = decision.and_then(|decision| decision.actual_values.get(&change.property));
    match actual.or(change.proposed.as_ref()) {
        Some(wished) => sorted(wished) == is,
        None => {
            let all = |list: &Option<Vec<String>>, there: bool| {
                let mut list = list.iter().flatten();
                list.all(|value| is.contains(value) == there)
            };
            all(&change.added, true) && all(&change.removed, false)
        }
    }
}

/// Whether nothing of an order can be looked for in an export any more.
pub fn nothing_left(order: &ProvisioningOrder, run: &Run, later: &[&ProvisioningOrder]) -> bool {
    let compared = compared(order, run, later);
    let existence = match order.spec.operation {
        Operation::Create | Operation::Delete => compared.existence,
        Operation::Update => compared.existence && compared.secret,
    };
    !existence && compared.changes.is_empty()
}

/// Whether an export shows that an order was done.
pub fn agrees(order: &ProvisioningOrder, run: &Run, shown: Shown<'_>, later: &[&ProvisioningOrder]) -> bool {
    let compared = compared(order, run, later);
    let claimed = order.status.as_ref().and_then(|status| status.executed_at.as_ref());
    let real = match (order.spec.operation, shown) {
        (Operation::Delete, Shown::Gone) => return compared.existence,
        (Operation::Delete, Shown::There(_)) | (Operation::Create | Operation::Update, Shown::Gone) => return false,
        (Operation::Create | Operation::Update, Shown::There(real)) => real,
    };
    let mut visible = compared.changes.iter().filter(|change| run.has(&change.property));
    let says_something = match order.spec.operation {
        Operation::Create if compared.existence => true,
        Operation::Update if compared.changes.is_empty() => {
            compared.secret && compared.existence && claimed.is_some_and(|claimed| claimed.0 < run.taken_at)
        }
        Operation::Create | Operation::Update | Operation::Delete => visible.clone().next().is_some(),
    };
    says_something && visible.all(|change| as_claimed(order, change, real))
}

/// Whether an export shows that something of an order was not done.
pub fn differs(order: &ProvisioningOrder, run: &Run, shown: Shown<'_>, later: &[&ProvisioningOrder]) -> bool {
    let compared = compared(order, run, later);
    match (order.spec.operation, shown) {
        (Operation::Delete, Shown::There(_)) => compared.existence,
        (Operation::Create | Operation::Update, Shown::Gone) => !nothing_left(order, run, later),
        (Operation::Delete, Shown::Gone) => false,
        (Operation::Create | Operation::Update, Shown::There(real)) => {
            let mut visible = compared.changes.iter().filter(|change| run.has(&change.property));
            visible.any(|change| !as_claimed(order, change, real))
        }
    }
}
