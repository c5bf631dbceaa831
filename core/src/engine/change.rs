//! What one change of an order does to the values of its property. Nothing here decides what follows from it.

use super::knowledge::sorted;
use crate::api::ProvisioningOrder;
use crate::api::provisioning_order::Change;

/// The first values that are not among the second.
pub(super) fn without(values: &[String], less: &[String]) -> Vec<String> {
    values.iter().filter(|value| !less.contains(value)).cloned().collect()
}

fn listed(list: Option<&Vec<String>>) -> &[String] {
    list.map(Vec::as_slice).unwrap_or_default()
}

/// Values that it adds. Where the present ones are not known, all that it names count.
pub(super) fn gained(change: &Change) -> Vec<String> {
    match &change.added {
        Some(added) => added.clone(),
        None => without(listed(change.proposed.as_ref()), listed(change.current.as_ref())),
    }
}

/// Values that it removes, as far as they are known.
pub(super) fn lost(change: &Change) -> Vec<String> {
    match (&change.removed, &change.proposed) {
        (Some(removed), _) => removed.clone(),
        (None, Some(proposed)) => without(listed(change.current.as_ref()), proposed),
        (None, None) => Vec::new(),
    }
}

/// What the fulfiller says was set, where that was something else than proposed; sorted.
pub(super) fn actual(order: &ProvisioningOrder, property: &str) -> Option<Vec<String>> {
    let decision = order.spec.decision.as_ref()?;
    let actual = decision.actual_values.get(property)?;
    Some(sorted(actual.iter().cloned()))
}

/// Whether a property with these values, sorted, is as the change wishes it. Where the present ones were not known, only
/// what was to be added and removed can be compared.
pub(super) fn is_met(change: &Change, values: &[String]) -> bool {
    match &change.proposed {
        Some(proposed) => proposed == values,
        None => {
            listed(change.added.as_ref()).iter().all(|value| values.contains(value))
                && !listed(change.removed.as_ref())
                    .iter()
                    .any(|value| values.contains(value))
        }
    }
}
