//! The difference of two documents as a JSON merge patch. Pure.

use serde_json::{Map, Value};

/// What turns `old` into `new`; `None` when they are equal. A field that is gone becomes null.
pub fn diff(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        return Some(new.clone());
    };
    let mut patch = Map::new();
    for (key, value) in after {
        match before.get(key) {
            Some(present) => patch.extend(diff(present, value).map(|change| (key.clone(), change))),
            None => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::diff;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_written() {
        let old = json!({"a": 1, "b": {"c": 1, "d": 2}, "l": [1], "gone": true});
        let new = json!({"a": 1, "b": {"c": 3, "d": 2}, "l": [1, 2], "new": {"x": 1}});
        let patch = json!({"b": {"c": 3}, "l": [1, 2], "new": {"x": 1}, "gone": null});
        assert_eq!(diff(&old, &new), Some(patch));
        assert_eq!(diff(&old, &old), None);
    }
}
