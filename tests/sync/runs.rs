//! Runs that end well.

use crate::hall::{Hall, MAPPED, entry, kubectl_with_plugin, said};
use serde_json::{Value, json};
use std::process::Stdio;

#[test]
fn night_after_night() {
    let hall = Hall::new("sync-nights");
    hall.export(
        "1.csv",
        &[
            ("Anna", "e1", "HQ", "b|a"),
            ("ben", "e2", "LAB", ""),
            ("carl", "", "", ""),
        ],
    );
    hall.day(1, "1.csv", &[]).done();
    assert_eq!(hall.inventory(), ["Anna e1 HQ a|b", "ben e2 LAB ", "carl -  "]);
    assert_eq!(hall.writes().len(), 4);

    // The same file once more: nothing is written, not even a Synchronization.
    let again = hall.day(1, "1.csv", &[]);
    assert!(
        again.done().contains("created 0, updated 0, deleted 0; unchanged 3"),
        "{}",
        again.out
    );
    assert!(again.out.contains("is already there"), "{}", again.out);
    assert_eq!(hall.writes().len(), 4);

    // An unchanged export of the next night costs the Synchronization.
    hall.day(2, "1.csv", &[]).done();
    assert_eq!(hall.writes().len(), 5);

    hall.export(
        "3.csv",
        &[
            ("anna", "e1", "HQ", "a|b"),
            ("dora", "e4", "HQ", ""),
            ("ben", "e2", "LAB", ""),
        ],
    );
    hall.day(3, "3.csv", &[]).done();
    assert_eq!(hall.inventory(), ["anna e1 HQ a|b", "ben e2 LAB ", "dora e4 HQ "]);
    let mut writes = hall.writes().split_off(5);
    assert_eq!(
        writes.pop().as_deref(),
        Some("create synchronizations"),
        "it comes last"
    );
    writes.sort();
    assert_eq!(
        writes,
        [
            "create managedresources",
            "delete managedresources",
            "update managedresources"
        ]
    );

    let seen: Vec<_> = hall
        .objects("mres")
        .iter()
        .map(|entry| entry["spec"]["observedAt"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        seen,
        ["2026-03-03T02:00:00Z", "2026-03-01T02:00:00Z", "2026-03-03T02:00:00Z"],
        "ben was not written"
    );
    let snapshots = hall.objects("sync");
    let last: Vec<_> = snapshots
        .iter()
        .filter(|one| one["spec"]["takenAt"] == "2026-03-03T02:00:00Z")
        .collect();
    let spec = json!({
        "resourceTypeRef": {"name": "badge"}, "takenAt": "2026-03-03T02:00:00Z", "complete": true, "count": 3,
        "created": 1, "updated": 1, "deleted": 1,
    });
    assert_eq!((snapshots.len(), last.len(), &last[0]["spec"]), (3, 1, &spec));
}

#[test]
fn ten_changes_among_ten_thousand_rows_are_eleven_writes() {
    let hall = Hall::new("sync-many");
    let rows = |changed: std::ops::Range<u32>| -> String {
        let zone = |row: u32| if changed.contains(&row) { "LAB" } else { "HQ" };
        let row = |row: u32| format!("u{row},e{row},{},\n", zone(row));
        std::iter::once("Login,Id,Zone,Doors\n".to_owned())
            .chain((0..10_000).map(row))
            .collect()
    };
    hall.file("1.csv", rows(0..0));
    let first = hall.day(1, "1.csv", &["--parallel", "32"]);
    assert!(first.done().contains("created 10000, updated 0"), "{}", first.out);
    assert_eq!(hall.writes().len(), 10_001);
    hall.file("2.csv", rows(4_000..4_010));
    let second = hall.day(2, "2.csv", &[]);
    assert!(
        second
            .done()
            .contains("created 0, updated 10, deleted 0; unchanged 9990"),
        "{}",
        second.out
    );
    assert_eq!(hall.writes().len(), 10_001 + 11);
}

#[test]
fn a_run_that_was_cut_off_is_ended_by_the_next() {
    let hall = Hall::new("sync-cut");
    let logins: Vec<String> = (0..2_000).map(|number| format!("u{number:04}")).collect();
    let rows: Vec<_> = logins.iter().map(|login| (login.as_str(), "e", "HQ", "")).collect();
    hall.export("1.csv", &rows);
    let args = [MAPPED, &["--taken-at", "2026-03-01T02:00:00Z", "--parallel", "1"]].concat();
    let mut run = hall
        .command("ivan", "1.csv", &args)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    hall.place
        .run("alice", &["wait", "--for=create", "mres/badge.u0000", "--timeout=30s"])
        .unwrap();
    run.kill().unwrap();
    run.wait().unwrap();
    let written = hall.objects("mres").len();
    assert!((1..2_000).contains(&written), "it was not cut off: {written} entries");
    assert!(hall.objects("sync").is_empty(), "what was cut off says nothing");

    hall.day(1, "1.csv", &["--parallel", "32"]).done();
    assert_eq!((hall.objects("mres").len(), hall.objects("sync").len()), (2_000, 1));
    // One more may have been under way, unseen, when it was cut off: that is found to be there.
    let writes = hall.writes().len();
    assert!(
        (2_001..=2_002).contains(&writes),
        "what was there is not written again: {writes}"
    );
}

#[test]
fn an_incomplete_export_proves_no_absence() {
    let hall = Hall::new("sync-incomplete");
    hall.export("1.csv", &[("anna", "", "HQ", ""), ("ben", "", "HQ", "")]);
    hall.day(1, "1.csv", &[]).done();
    hall.export("2.csv", &[("ben", "", "LAB", "")]);
    let said = hall.day(2, "2.csv", &["--incomplete"]);
    assert!(said.done().contains("1 more in the inventory stay"), "{}", said.out);
    assert_eq!(hall.inventory(), ["anna - HQ ", "ben - LAB "]);
    assert!(hall.objects("sync").iter().any(|one| one["spec"]["complete"] == false));
}

#[test]
fn virtual_resources_are_left_alone() {
    let hall = Hall::new("sync-virtual");
    hall.virtual_entry("vera", "HQ");
    hall.virtual_entry("willi", "HQ");
    hall.export("1.csv", &[("anna", "", "HQ", ""), ("vera", "", "LAB", "")]);
    let said = hall.day(1, "1.csv", &[]);
    assert!(said.done().contains("left alone"), "{}", said.out);
    assert!(said.out.contains("badge.vera, badge.willi"), "{}", said.out);
    assert_eq!(hall.inventory(), ["anna - HQ ", "vera v HQ ", "willi v HQ "]);
}

#[test]
fn an_entry_of_another_identifier_than_its_name_is_put_right() {
    let hall = Hall::new("sync-names");
    let wrong = json!({"resourceTypeRef": {"name": "badge"}, "identifier": "ben", "source": "Synchronized", "observedAt": "2026-02-01T00:00:00Z"});
    hall.place.apply("ivan", entry("anna", &wrong));
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    hall.day(1, "1.csv", &[]).done();
    assert_eq!(hall.inventory(), ["anna - HQ "]);
}

#[test]
fn an_export_of_a_directory_with_a_mapping_file() {
    let hall = Hall::new("sync-ldif");
    hall.file(
        "people.ldif",
        "version: 1\n\n# people\ndn: uid=anna,ou=people\nobjectClass: top\nobjectClass: inetOrgPerson\nuid: anna\nemployeeNumber: e1\nroomNumber:: SFE=\nmemberOf: cn=a\nmemberOf: cn=b,\n  ou=groups\n\ndn: cn=printer\nobjectClass: device\nuid: printer\n",
    );
    hall.file(
        "mapping.yaml",
        "identifier: uid\nowner: employeeNumber\nproperties:\n  zone: roomNumber\nvalues:\n  doors: memberOf\nfilter:\n  objectClass: inetorgperson\n",
    );
    let said = hall.run(
        "ivan",
        "people.ldif",
        &["--mapping", "mapping.yaml", "--taken-at", "2026-03-01T02:00:00Z"],
    );
    assert!(said.done().contains("1 resource (1 of 2 rows)"), "{}", said.out);
    assert_eq!(hall.inventory(), ["anna e1 HQ cn=a|cn=b, ou=groups"]);
}

#[test]
fn kubectl_finds_the_plugin_and_the_time_is_that_of_the_file() {
    let hall = Hall::new("sync-plugin");
    let file = hall.export("1.csv", &[("anna", "", "HQ", "")]);
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_772_330_400);
    std::fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(time)
        .unwrap();
    let mut command = kubectl_with_plugin();
    command
        .args([
            "handoff",
            "sync",
            "badge",
            "--context",
            "ivan",
            "-n",
            &hall.place.namespace,
            "--from",
            file.to_str().unwrap(),
        ])
        .args(MAPPED);
    let said = said(command);
    said.done();
    assert!(
        said.err
            .contains("taken at 2026-03-01T02:00:00Z, the modification time of"),
        "{}",
        said.err
    );
    assert_eq!(hall.objects("sync")[0]["spec"]["takenAt"], "2026-03-01T02:00:00Z");
}

#[test]
fn what_is_read_from_standard_input_needs_a_time() {
    let hall = Hall::new("sync-stdin");
    hall.run("ivan", "-", MAPPED).failed(2, &["--taken-at"]);
    let file = hall.export("1.csv", &[("anna", "", "HQ", "")]);
    let mut command = hall.command(
        "ivan",
        "-",
        &[MAPPED, &["--taken-at", "2026-03-01T02:00:00Z", "-o", "json"]].concat(),
    );
    command.stdin(std::fs::File::open(file).unwrap());
    let summary: Value = serde_json::from_str(said(command).done()).unwrap();
    assert_eq!(summary["created"], 1);
}
