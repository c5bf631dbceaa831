//! What keeps an export from being believed at all. It sends nothing. The operator judges a Synchronization by the same
//! rules; here they are asked first, since by then the inventory would be changed.

use super::plan;
use handoff_core::api::{ManagedResource, ResourceType, Synchronization};
use handoff_core::engine::synchronization::{SHARE, is_ahead, is_doubted, is_far_fewer};
use jiff::Timestamp;
use kube::ResourceExt;

/// A snapshot that counts.
#[derive(Clone, Debug)]
struct Past {
    name: String,
    taken_at: Timestamp,
    complete: bool,
    count: i64,
}

/// What is known of earlier snapshots of the type.
#[derive(Clone, Debug, Default)]
pub struct History {
    snapshots: Vec<Past>,
}

impl History {
    /// From the type's status, and from those that are kept. One that the operator did not accept does not count;
    /// neither does one that it will not accept, being of a time to come.
    pub fn of(kind: &ResourceType, kept: &[Synchronization], now: Timestamp) -> Self {
        let last = kind
            .status
            .as_ref()
            .and_then(|status| status.last_synchronization.as_ref());
        let last = last.map(|last| Past {
            name: last.name.clone(),
            taken_at: last.taken_at.0,
            complete: last.complete,
            count: last.count,
        });
        let counts = |snapshot: &&Synchronization| {
            let judged = snapshot.status.as_ref().and_then(|status| status.accepted);
            judged.unwrap_or_else(|| !is_ahead(snapshot.spec.taken_at.0, now))
        };
        let kept = kept.iter().filter(counts).map(|snapshot| Past {
            name: snapshot.name_any(),
            taken_at: snapshot.spec.taken_at.0,
            complete: snapshot.spec.complete && !is_doubted(snapshot),
            count: snapshot.spec.count,
        });
        Self {
            snapshots: last.into_iter().chain(kept).collect(),
        }
    }

    fn newest(&self, wanted: impl Fn(&Past) -> bool) -> Option<&Past> {
        self.snapshots
            .iter()
            .filter(|past| wanted(past))
            .max_by_key(|past| past.taken_at)
    }
}

/// The export, as far as it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// When it was made.
    pub taken_at: Timestamp,
    /// How many resources it holds.
    pub count: i64,
    /// Whether it says that it holds everything.
    pub complete: bool,
    /// Whether somebody said that far fewer are right.
    pub allow_fewer: bool,
}

/// Why an export is not believed, in words; none if it is.
pub fn refusal(export: Export, history: &History, inventory: &[ManagedResource], now: Timestamp) -> Option<String> {
    let Export { taken_at, .. } = export;
    if is_ahead(taken_at, now) {
        return Some(format!(
            "the export is of {taken_at}, which is still to come (it is {now}): correct --taken-at or the clock"
        ));
    }
    if let Some(last) = history.newest(|_| true).filter(|last| last.taken_at > taken_at) {
        return Some(format!(
            "the export is of {taken_at}, and the inventory is already as of {} (Synchronization {}): take a newer export",
            last.taken_at, last.name
        ));
    }
    if let Some((entry, seen)) = plan::newest(inventory).filter(|(_, seen)| *seen > taken_at) {
        return Some(format!(
            "the export is of {taken_at}, but ManagedResource {} was seen at {seen}: a newer export was written in part. Run that again, or take a newer one",
            entry.name_any()
        ));
    }
    fewer(export, history, inventory)
}

fn fewer(export: Export, history: &History, inventory: &[ManagedResource]) -> Option<String> {
    if !export.complete || export.allow_fewer {
        return None;
    }
    let help = "If that is right, add --allow-fewer; if the export does not hold everything, --incomplete";
    if export.count == 0 && plan::newest(inventory).is_some() {
        return Some(format!("the export holds no resource, and the inventory does. {help}"));
    }
    let last = history.newest(|past| past.complete)?;
    is_far_fewer(export.count, last.count).then(|| {
        format!(
            "the export holds {} resources, and the last one ({}) {}: fewer than {SHARE} %. {help}; with --allow-fewer the operator calls it Suspicious until a reviewer accepts it",
            export.count, last.name, last.count
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    const NOW: &str = "2026-03-10T00:00:00Z";

    fn kind(last: Value) -> ResourceType {
        let kind = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge"}, "spec": {},
            "status": {"lastSynchronization": last},
        });
        serde_json::from_value(kind).unwrap()
    }

    fn past(day: u32, complete: bool, count: i64, accepted: Value) -> Synchronization {
        let past = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": format!("badge.{day}")},
            "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": format!("2026-03-{day:02}T00:00:00Z"), "complete": complete, "count": count},
            "status": {"accepted": accepted},
        });
        serde_json::from_value(past).unwrap()
    }

    fn entry(source: &str, day: u32) -> ManagedResource {
        let entry = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.anna"},
            "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "anna", "source": source, "observedAt": format!("2026-03-{day:02}T00:00:00Z")},
        });
        serde_json::from_value(entry).unwrap()
    }

    fn export(day: u32, count: i64) -> Export {
        Export {
            taken_at: format!("2026-03-{day:02}T00:00:00Z").parse().unwrap(),
            count,
            complete: true,
            allow_fewer: false,
        }
    }

    fn judge(
        export: Export,
        kind: &ResourceType,
        kept: &[Synchronization],
        inventory: &[ManagedResource],
    ) -> Option<String> {
        let now = NOW.parse().unwrap();
        refusal(export, &History::of(kind, kept, now), inventory, now)
    }

    #[rstest]
    #[case::nothing_before(export(5, 3), Value::Null, vec![], None)]
    #[case::the_same_time(export(5, 3), Value::Null, vec![past(5, true, 3, Value::Null)], None)]
    #[case::older(export(4, 3), Value::Null, vec![past(5, true, 3, Value::Null)], Some("already as of 2026-03-05"))]
    #[case::older_than_the_status(export(4, 3), json!({"name": "x", "takenAt": "2026-03-06T00:00:00Z", "complete": false, "count": 1}), vec![], Some("(Synchronization x)"))]
    #[case::one_not_accepted_does_not_count(export(4, 3), Value::Null, vec![past(5, true, 3, json!(false))], None)]
    #[case::nor_one_to_come(export(4, 3), Value::Null, vec![past(20, true, 3, Value::Null)], None)]
    #[case::ahead(export(11, 3), Value::Null, vec![], Some("still to come"))]
    #[case::fewer(export(5, 69), Value::Null, vec![past(4, true, 100, json!(true))], Some("holds 69 resources, and the last one (badge.4) 100: fewer than 70 %"))]
    #[case::seventy_percent(export(5, 70), Value::Null, vec![past(4, true, 100, json!(true))], None)]
    #[case::a_small_one(export(5, 1), Value::Null, vec![past(4, true, 9, json!(true))], None)]
    #[case::from_ten_on(export(5, 6), Value::Null, vec![past(4, true, 10, json!(true))], Some("fewer than 70 %"))]
    #[case::the_last_complete_one(export(6, 10), Value::Null, vec![past(5, false, 100, json!(true)), past(4, true, 10, json!(true))], None)]
    fn judges(
        #[case] export: Export,
        #[case] last: Value,
        #[case] kept: Vec<Synchronization>,
        #[case] words: Option<&str>,
    ) {
        let said = judge(export, &kind(last), &kept, &[]);
        match words {
            None => assert_eq!(said, None),
            Some(words) => assert!(said.as_deref().is_some_and(|said| said.contains(words)), "{said:?}"),
        }
    }

    #[test]
    fn far_fewer_can_be_right() {
        let kept = [past(4, true, 100, json!(true))];
        for export in [
            Export {
                allow_fewer: true,
                ..export(5, 1)
            },
            Export {
                complete: false,
                ..export(5, 1)
            },
        ] {
            assert_eq!(judge(export, &kind(Value::Null), &kept, &[]), None);
        }
    }

    #[test]
    fn a_suspicious_one_is_no_measure_until_it_is_accepted() {
        let mut suspicious = past(4, true, 10, json!(true));
        suspicious.status.as_mut().unwrap().reason = Some("Suspicious".to_owned());
        let judge = |suspicious: &Synchronization| {
            let kept = [past(3, true, 100, json!(true)), suspicious.clone()];
            judge(export(5, 10), &kind(Value::Null), &kept, &[])
        };
        assert!(judge(&suspicious).unwrap().contains("the last one (badge.3) 100"));
        suspicious
            .annotations_mut()
            .insert("handoff.dev/accept".to_owned(), "true".to_owned());
        assert_eq!(judge(&suspicious), None);
        suspicious.status.as_mut().unwrap().reason = Some("AcceptUntrusted".to_owned());
        assert!(judge(&suspicious).unwrap().contains("the last one (badge.3) 100"));
    }

    #[test]
    fn nothing_at_all_is_suspicious_from_one_on() {
        let said = judge(export(5, 0), &kind(Value::Null), &[], &[entry("Synchronized", 4)]);
        assert!(said.unwrap().contains("holds no resource"));
        assert_eq!(
            judge(export(5, 0), &kind(Value::Null), &[], &[entry("Virtual", 4)]),
            None
        );
        assert_eq!(judge(export(5, 0), &kind(Value::Null), &[], &[]), None);
    }

    #[test]
    fn an_entry_that_was_seen_later_is_of_a_newer_export() {
        let said = judge(export(5, 1), &kind(Value::Null), &[], &[entry("Synchronized", 6)]);
        assert!(
            said.unwrap()
                .contains("ManagedResource badge.anna was seen at 2026-03-06")
        );
        assert_eq!(
            judge(export(5, 1), &kind(Value::Null), &[], &[entry("Virtual", 6)]),
            None
        );
    }
}
