//! Parts of objects that several tests of the plugin need.

use serde_json::Value;

/// What an order's type says where nothing special is meant.
pub(super) fn policy() -> Value {
    serde_json::from_str(include_str!("../../tests/order-policy.json")).unwrap()
}
