//! What each value of an enumeration means. A CRD keeps the values only, so this asks the types that it is derived from.

use crate::api::{
    AssignmentRequestSpec, AssignmentRequestStatus, ManagedResourceSpec, ProvisioningOrderSpec,
    ProvisioningOrderStatus, ResourceTypeSpec, ResourceTypeStatus, SynchronizationSpec, SynchronizationStatus,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

/// The enumerations: each value with its meaning.
pub(super) struct Meanings(Vec<Vec<(String, String)>>);

impl Meanings {
    pub(super) fn gather() -> Self {
        let mut generator = SchemaGenerator::default();
        for of in [
            ResourceTypeSpec::json_schema,
            ResourceTypeStatus::json_schema,
            AssignmentRequestSpec::json_schema,
            AssignmentRequestStatus::json_schema,
            ProvisioningOrderSpec::json_schema,
            ProvisioningOrderStatus::json_schema,
            ManagedResourceSpec::json_schema,
            SynchronizationSpec::json_schema,
            SynchronizationStatus::json_schema,
        ] {
            let _schema = of(&mut generator);
        }
        Self(generator.definitions().values().filter_map(enumeration).collect())
    }

    /// The values of a schema with their meanings, if it is an enumeration.
    pub(super) fn of(&self, schema: &Value) -> Option<Vec<(String, String)>> {
        let values: Vec<&str> = schema["enum"].as_array()?.iter().filter_map(Value::as_str).collect();
        let same =
            |known: &&Vec<(String, String)>| known.iter().map(|(value, _)| value.as_str()).eq(values.iter().copied());
        let bare = || {
            values
                .iter()
                .map(|value| ((*value).to_owned(), String::new()))
                .collect()
        };
        Some(self.0.iter().find(same).cloned().unwrap_or_else(bare))
    }
}

fn enumeration(definition: &Value) -> Option<Vec<(String, String)>> {
    let text = |variant: &Value, key: &str| variant[key].as_str().map(str::to_owned);
    let variants = definition["oneOf"].as_array()?;
    variants
        .iter()
        .map(|variant| {
            Some((
                text(variant, "const")?,
                text(variant, "description").unwrap_or_default(),
            ))
        })
        .collect()
}
