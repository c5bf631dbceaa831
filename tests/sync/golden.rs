//! What a run prints, word for word.

use crate::hall::Hall;

const JSON: &str = r#"{
  "resourceType": "badge",
  "namespace": "sync-golden",
  "takenAt": "2026-03-02T02:00:00Z",
  "complete": true,
  "dryRun": "none",
  "rows": 3,
  "count": 3,
  "created": 1,
  "updated": 1,
  "deleted": 1,
  "unchanged": 1,
  "kept": 0,
  "leftAlone": [
    "badge.vera"
  ],
  "failed": [],
  "skipped": 0,
  "synchronization": "NAME",
  "alreadyThere": false
}
"#;

#[test]
fn word_for_word() {
    let hall = Hall::new("sync-golden");
    hall.virtual_entry("vera", "HQ");
    hall.export(
        "1.csv",
        &[("anna", "e1", "HQ", "a"), ("ben", "", "HQ", ""), ("carl", "", "HQ", "")],
    );
    let first = hall.day(1, "1.csv", &[]).done().to_owned();
    let name = |output: &str| -> String {
        let words = output.split(|c: char| c.is_whitespace() || matches!(c, '"' | ','));
        let mut names = words.filter(|word| word.starts_with("badge.20260"));
        names.next().unwrap().trim_end_matches(';').to_owned()
    };
    let lines = [
        "badge: 3 resources as of 2026-03-01T02:00:00Z, complete",
        "created 3, updated 0, deleted 0; unchanged 0",
        "left alone, since they are virtual resources, which confirmed orders make: badge.vera",
        "Synchronization NAME says so: kubectl get sync NAME -n sync-golden",
    ];
    assert_eq!(first.replace(&name(&first), "NAME").lines().collect::<Vec<_>>(), lines);

    hall.export(
        "2.csv",
        &[
            ("anna", "e1", "LAB", "a|b"),
            ("ben", "", "HQ", ""),
            ("dora", "", "", ""),
        ],
    );
    let before = (hall.objects("mres"), hall.objects("sync"));
    for how in ["--dry-run", "--dry-run=client", "--dry-run=server"] {
        let dry = hall.day(2, "2.csv", &[how]).done().to_owned();
        let lines = [
            "would update badge.anna: zone \"HQ\" -> \"LAB\", doors [\"a\"] -> [\"a\", \"b\"]",
            "would create badge.dora",
            "would delete badge.carl",
            "badge: 3 resources as of 2026-03-02T02:00:00Z, complete",
            "would be created 1, updated 1, deleted 1; unchanged 1",
            "left alone, since they are virtual resources, which confirmed orders make: badge.vera",
            "Synchronization NAME would say so; nothing was written",
        ];
        assert_eq!(
            dry.replace(&name(&dry), "NAME").lines().collect::<Vec<_>>(),
            lines,
            "{how}"
        );
        assert_eq!((hall.objects("mres"), hall.objects("sync")), before, "{how} wrote");
    }

    let json = hall.day(2, "2.csv", &["-o", "json"]).done().to_owned();
    assert_eq!(json.replace(&name(&json), "NAME"), JSON);
}
