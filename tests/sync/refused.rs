//! What is not believed: then nothing is written.

use crate::hall::{Hall, MAPPED};

const NOTHING: &str = "Nothing was written.";

#[test]
fn every_bad_row_is_named_and_no_good_one_is_written() {
    let hall = Hall::new("sync-bad-rows");
    hall.export(
        "1.csv",
        &[("anna", "", "HQ", ""), ("", "e2", "HQ", ""), ("ANNA", "", "HQ", "")],
    );
    let same = "line 4: \"ANNA\" is the same resource as \"anna\" of line 2";
    hall.day(1, "1.csv", &[])
        .failed(3, &["1.csv", "line 3: no identifier", same, NOTHING]);
    hall.file("2.csv", "Login,Id,Zone,Doors\nanna,,HQ,\nben,,\"HQ,\ncarl,,HQ,\n");
    hall.day(1, "2.csv", &[])
        .failed(3, &["line 3: a quote is opened here and never closed", NOTHING]);
    hall.file("3.csv", b"Login,Id,Zone,Doors\nanna,,HQ,\nj\xfcrgen,,HQ,\n");
    hall.day(1, "3.csv", &[])
        .failed(3, &["line 3: byte 0xfc is not UTF-8", NOTHING]);
    hall.file("4.ldif", "dn: x\nchangetype: delete\n");
    hall.day(1, "4.ldif", &[])
        .failed(3, &["line 2: changetype: this is a change record", NOTHING]);
    assert!(hall.writes().is_empty());
}

#[test]
fn a_mapping_that_does_not_fit_the_type() {
    let hall = Hall::new("sync-mapping");
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    let with = |more: &[&str]| {
        hall.run(
            "ivan",
            "1.csv",
            &[&["--taken-at", "2026-03-01T02:00:00Z"], more].concat(),
        )
    };
    with(&["--identifier", "Logn"]).failed(3, &["the file has no column \"Logn\"; it has Login, Id, Zone, Doors"]);
    with(&[]).failed(3, &["which column names a resource?"]);
    let login = ["--identifier", "Login"];
    let unknown = "the type badge has no property zon; it has zone, level, doors";
    with(&[&login[..], &["--property", "zon=Zone"]].concat()).failed(3, &[unknown]);
    with(&[&login[..], &["--property", "pin=Zone"]].concat()).failed(3, &["pin is a Secret"]);
    with(&[&login[..], &["--property", "level=Zone"]].concat())
        .failed(3, &["line 2: level: \"HQ\" is not a whole number"]);
    with(&[&login[..], &["--property", "zone"]].concat()).failed(2, &["is not --property NAME=COLUMN"]);
    assert!(hall.writes().is_empty());
}

#[test]
fn what_is_older_than_the_inventory() {
    let hall = Hall::new("sync-older");
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    hall.day(5, "1.csv", &[]).done();
    hall.export("2.csv", &[("anna", "", "LAB", "")]);
    hall.day(4, "2.csv", &[])
        .failed(3, &["already as of 2026-03-05T02:00:00Z", NOTHING]);
    hall.run(
        "ivan",
        "2.csv",
        &[MAPPED, &["--taken-at", "2999-01-01T00:00:00Z"]].concat(),
    )
    .failed(3, &["still to come", NOTHING]);
    assert_eq!(hall.inventory(), ["anna - HQ "]);
    assert_eq!(hall.writes().len(), 2);
}

#[test]
fn far_fewer_than_the_last_time() {
    let hall = Hall::new("sync-fewer");
    let logins: Vec<String> = (0..10).map(|number| format!("u{number}")).collect();
    let rows: Vec<_> = logins.iter().map(|login| (login.as_str(), "", "HQ", "")).collect();
    hall.export("10.csv", &rows);
    hall.export("7.csv", &rows[..7]);
    hall.export("4.csv", &rows[..4]);
    hall.export("0.csv", &[]);
    hall.day(1, "10.csv", &[]).done();
    hall.day(2, "4.csv", &[])
        .failed(3, &["holds 4 resources, and the last one", "--allow-fewer", NOTHING]);
    hall.day(2, "0.csv", &[]).failed(3, &["holds no resource", NOTHING]);
    assert_eq!(hall.inventory().len(), 10);
    hall.day(2, "7.csv", &[]).done();
    hall.day(3, "7.csv", &[]).done();
    hall.day(4, "0.csv", &["--allow-fewer"]).done();
    assert!(hall.inventory().is_empty());
}

#[test]
fn a_type_that_is_not_there() {
    let hall = Hall::new("sync-no-type");
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    let file = hall.file("1.csv", "Login\nanna\n");
    command
        .args([
            "sync",
            "bagde",
            "--context",
            "ivan",
            "-n",
            &hall.place.namespace,
            "--from",
            file.to_str().unwrap(),
        ])
        .args(["--identifier", "Login"]);
    crate::hall::said(command).failed(
        2,
        &["there is no ResourceType bagde in namespace sync-no-type; there are: badge"],
    );
}
