//! The Synchronization that a run ends with, and its name: the same for the same export, so that a run that is done again
//! finds it.

use super::entry::Entries;
use handoff_core::api::{NamedRef, Synchronization, SynchronizationSpec};
use handoff_core::engine::identity;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// How many entries were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New ones.
    pub created: i64,
    /// Changed ones.
    pub updated: i64,
    /// Those that went away.
    pub deleted: i64,
}

/// `<type>.<time>.<hash>`. The hash is of what the export says, the mapping included: the same file read in another way is
/// another snapshot.
pub fn name(type_name: &str, taken_at: Timestamp, complete: bool, entries: &Entries) -> String {
    let mut text = format!("{complete}\n");
    for (name, spec) in entries {
        // Every string is quoted, so that no two exports read the same.
        let owner = spec.owner.as_ref().map(|owner| &owner.id);
        text += &format!(
            "{name:?} {:?} {owner:?} {:?} {:?}\n",
            spec.identifier, spec.properties, spec.values
        );
    }
    let time = taken_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dt%H%M%Sz");
    format!("{type_name}.{time}.{}", identity::hash(&text))
}

/// The Synchronization.
pub fn snapshot(
    name: &str,
    type_name: &str,
    taken_at: Timestamp,
    complete: bool,
    count: i64,
    counts: Counts,
) -> Synchronization {
    Synchronization::new(
        name,
        SynchronizationSpec {
            resource_type_ref: NamedRef {
                name: type_name.to_owned(),
            },
            taken_at: Time(taken_at),
            complete,
            count,
            created: Some(counts.created),
            updated: Some(counts.updated),
            deleted: Some(counts.deleted),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use handoff_core::api::ManagedResourceSpec;
    use serde_json::json;

    fn entries(zone: &str) -> Entries {
        let spec: ManagedResourceSpec = serde_json::from_value(json!({
            "resourceTypeRef": {"name": "badge"}, "identifier": "anna", "source": "Synchronized", "observedAt": "2026-03-01T00:00:00Z",
            "properties": {"zone": zone},
        }))
        .unwrap();
        Entries::from([("badge.anna".to_owned(), spec)])
    }

    #[test]
    fn the_name_is_the_same_for_the_same_export_and_no_other() {
        let at: Timestamp = "2026-03-01T02:00:00Z".parse().unwrap();
        let first = name("badge", at, true, &entries("HQ"));
        assert!(first.starts_with("badge.20260301t020000z."), "{first}");
        assert_eq!(first, name("badge", at, true, &entries("HQ")));
        assert_ne!(first, name("badge", at, false, &entries("HQ")));
        assert_ne!(first, name("badge", at, true, &entries("LAB")));
    }
}
