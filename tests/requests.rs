//! `kubectl handoff request`: what people ask for from the command line, with a real operator behind it.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod golden;
mod place;

use place::{Place, badge};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};

struct Counter {
    place: Place,
    folder: PathBuf,
}

/// What the plugin said, and how it ended.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    #[track_caller]
    fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    /// Everything, as a file has it.
    #[track_caller]
    fn golden(self, name: &str) {
        golden::check(&format!("requests/{name}"), &golden::plain(&(self.out + &self.err)));
    }
}

impl Counter {
    /// A namespace with an operator, and a badge with everything that a property can be.
    fn new(namespace: &str) -> Self {
        let place = Place::new(namespace);
        let mut kind = badge();
        let properties = kind["spec"]["properties"].as_array_mut().unwrap();
        properties[0]["description"] = json!("HQ or LAB");
        properties.push(json!({"name": "doors", "type": "String", "multiValued": true}));
        properties.push(json!({"name": "holder", "type": "String", "expression": "owner.displayName"}));
        properties.push(json!({"name": "pin", "type": "Secret", "required": true}));
        place.apply("gita", kind);
        place.wait("rtype/badge", ".status.observedGeneration", "2");
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap()).join(format!("requests-{namespace}"));
        std::fs::create_dir_all(&folder).unwrap();
        Self { place, folder }
    }

    fn run(&self, who: &str, args: &[&str]) -> Said {
        self.run_in("UTC", who, args)
    }

    /// Run where clocks show the time of this zone.
    fn run_in(&self, zone: &str, who: &str, args: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"))
            .arg("request")
            .args(args)
            .args(["--context", who, "-n", &self.place.namespace])
            .current_dir(&self.folder)
            .env("TZ", zone)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    fn requests(&self) -> Vec<Value> {
        let list = self.place.run("alice", &["get", "areq", "-o", "json"]).unwrap();
        let list: Value = serde_json::from_str(&list).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    fn names(&self) -> BTreeSet<String> {
        let name = |request: &Value| request["metadata"]["name"].as_str().unwrap().to_owned();
        self.requests().iter().map(name).collect()
    }
}

#[test]
fn from_create_to_delete() {
    let counter = Counter::new("requests-life");
    let place = &counter.place;
    let anna = ["create", "badge", "--owner", "e1", "--owner-name", "Anna Berg"];
    let wish = [
        "--set",
        "zone=HQ",
        "--values",
        "doors=north,south",
        "-m",
        "starts on Monday",
    ];
    let create = [&anna[..], &wish, &["--name", "anna"]].concat();
    counter.run("alice", &create).ended(0).golden("create");
    place.done("anna", "badge.e1.1");
    let stored = &counter.requests()[0]["spec"];
    assert_eq!(stored["requestedBy"]["username"], "alice");
    assert_eq!(stored["values"]["doors"], json!(["north", "south"]));
    counter.run("alice", &create).ended(0).golden("create-again");
    let other = [&create[..create.len() - 4], &["--name", "anna"]].concat();
    counter.run("alice", &other).ended(3).golden("create-otherwise");

    let update = ["update", "badge", "--owner", "e1", "--owner-name", "Anna Berg"];
    let change = [
        "--set",
        "zone=LAB",
        "--add",
        "doors=west",
        "--remove",
        "doors=north",
        "--name",
        "anna-moves",
    ];
    counter
        .run("alice", &[&update[..], &change].concat())
        .ended(0)
        .golden("update");
    place.wait("porder/badge.e1.2", ".status.state", "Transmitted");
    let again = [&update[..], &["--set", "level=3", "--name", "anna-rises"]].concat();
    counter.run("alice", &again).ended(0).golden("update-waits");
    place.done("anna-moves", "badge.e1.2");
    place.done("anna-rises", "badge.e1.3");

    let delete = [
        "delete",
        "badge",
        "--owner",
        "e1",
        "-m",
        "leaves",
        "--name",
        "anna-leaves",
    ];
    counter.run("alice", &delete).ended(0).golden("delete");
    place.done("anna-leaves", "badge.e1.4");
    counter
        .run("alice", &[&update[..], &["--set", "zone=HQ"]].concat())
        .ended(3)
        .golden("update-of-nothing");
}

#[test]
fn made_names_leave_room_for_a_second_wish() {
    let counter = Counter::new("requests-names");
    let create = ["create", "badge", "--owner", "e1", "--set", "zone=HQ", "-o", "name"];
    let first = counter.run("alice", &create).ended(0).out;
    let second = counter.run("alice", &create).ended(0).out;
    let start = "assignmentrequest.handoff.dev/badge.e1.create-";
    assert!(
        first.starts_with(start) && second.starts_with(start) && first != second,
        "{first}{second}"
    );
    let both: BTreeSet<String> = [first, second]
        .iter()
        .map(|line| line.trim().split_once('/').unwrap().1.to_owned())
        .collect();
    assert_eq!(counter.names(), both);
}

#[test]
fn a_dry_run_writes_nothing() {
    let counter = Counter::new("requests-dry");
    let create = [
        "create",
        "badge",
        "--owner",
        "e1",
        "--set",
        "zone=HQ",
        "--start",
        "2199-03-01T08:00:00Z",
        "--end",
        "2199-09-30T18:00:00Z",
        "--name",
        "anna",
    ];
    let with = |more: &[&'static str]| [&create[..], more].concat();
    for how in ["--dry-run=client", "--dry-run=server"] {
        counter
            .run("alice", &with(&[how]))
            .ended(0)
            .golden(&how[2..].replace('=', "-"));
        assert!(counter.requests().is_empty(), "{how}");
    }
    counter
        .run("alice", &with(&["--dry-run", "-o", "json"]))
        .ended(0)
        .golden("manifest-json");
    let manifest = counter
        .run("alice", &with(&["--dry-run=client", "-o", "yaml"]))
        .ended(0);
    counter.file("anna.yaml", &manifest.out);
    manifest.golden("manifest-yaml");
    let file = counter.folder.join("anna.yaml");
    counter
        .place
        .run("alice", &["create", "-f", file.to_str().unwrap()])
        .unwrap();
    counter.place.shows("anna", "None", "Scheduled");
    counter.run("alice", &create).ended(0).golden("there-by-git");
}

#[test]
fn what_is_wrong_is_said_before_anything_is_sent() {
    let counter = Counter::new("requests-wrong");
    let of = |more: &[&'static str]| [&["create", "badge", "--owner", "e1"][..], more].concat();
    for (name, code, args) in [
        ("no-type", 2, vec!["create"]),
        ("unknown-type", 2, vec!["create", "bagde", "--owner", "e1"]),
        ("missing", 2, vec!["create", "badge"]),
        ("bad-flag", 2, of(&["--set", "zone"])),
        (
            "problems",
            3,
            of(&[
                "--set",
                "zone=HQ",
                "--set",
                "level=high",
                "--set",
                "holder=x",
                "--set",
                "colour=red",
                "--secret",
                "zone",
            ]),
        ),
        ("a-secret", 3, of(&["--set", "zone=HQ", "--set", "pin=4711"])),
    ] {
        counter.run("alice", &args).ended(code).golden(name);
    }
    assert!(counter.requests().is_empty());
    let secret = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/requests/a-secret.txt"
    ));
    assert!(!secret.unwrap().contains("4711"), "a Secret's value was repeated");
}

#[test]
fn who_may_not_is_told_so() {
    let counter = Counter::new("requests-rights");
    let create = ["create", "badge", "--owner", "e1", "--set", "zone=HQ", "--name", "anna"];
    counter.run("mallory", &create).ended(3).golden("viewer");
    counter.run("bob", &create).ended(3).golden("fulfiller");
    counter
        .run("alice", &[&create[..6], &["--name", "anna-end"]].concat())
        .ended(3)
        .golden("reserved-name");
    counter.file("two.csv", "owner,zone\ne1,HQ\ne2,HQ\n");
    let bulk = ["create", "badge", "--from", "two.csv", "--yes"];
    counter.run("mallory", &bulk).ended(3).golden("viewer-many");
    assert!(counter.requests().is_empty());
}

#[test]
fn joiners_from_a_file() {
    let counter = Counter::new("requests-csv");
    let row = |n: u32| {
        format!(
            "e{n:02},Joiner {n},{},north; south,TEAM\n",
            if n.is_multiple_of(2) { "HQ" } else { "LAB" }
        )
    };
    let rows: String = (1..=30).map(row).collect();
    counter.file(
        "joiners.csv",
        &format!("Personnel No,ownerName,zone,doors,Team\n{rows}"),
    );
    let bulk = [
        "create",
        "badge",
        "--from",
        "joiners.csv",
        "--column",
        "owner=Personnel No",
        "--ignore-column",
        "Team",
        "-m",
        "joiners",
    ];
    counter.run("alice", &bulk).ended(2).golden("csv-unasked");
    assert!(counter.requests().is_empty());
    let dry = counter
        .run("alice", &[&bulk[..], &["--dry-run=server"]].concat())
        .ended(0);
    assert_eq!(dry.out.matches("created (server dry run)").count(), 30, "{}", dry.out);
    assert!(counter.requests().is_empty());

    let yes = [&bulk[..], &["--yes"]].concat();
    let first = counter.run("alice", &yes).ended(0);
    assert_eq!(first.out.matches(" created\n").count(), 30, "{}", first.out);
    golden::check("requests/csv", &first.err);
    let names = counter.names();
    assert_eq!(names.len(), 30);
    for n in [1, 30] {
        counter
            .place
            .wait(&format!("porder/badge.e{n:02}.1"), ".status.state", "Transmitted");
    }

    counter.file(
        "joiners.csv",
        &format!("Personnel No,ownerName,zone,doors,Team\n{rows}{}", row(31)),
    );
    let second = counter.run("alice", &yes).ended(0);
    assert_eq!(second.out.matches(" already there").count(), 30, "{}", second.out);
    assert_eq!(second.out.matches(" created\n").count(), 1, "{}", second.out);
    golden::check("requests/csv-again", &second.err);
    assert!(counter.names().is_superset(&names) && counter.names().len() == 31);
}

#[test]
fn one_bad_row_stops_all_of_them() {
    let counter = Counter::new("requests-bad-rows");
    let text = "owner,zone,level,identifier\ne1,HQ,1,\ne2,,2,\ne3,HQ,high,\ne1,HQ,1,\ne5,HQ,,e1\n,HQ,,\n";
    counter.file("bad.csv", text);
    let bulk = ["create", "badge", "--from", "bad.csv", "--yes"];
    counter.run("alice", &bulk).ended(3).golden("bad-rows");
    let text = "owner,zone,level,identifier\ne1,HQ,1,\ne2,,2,\ne3,HQ,high,\ne5,HQ,,e1\n";
    counter.file("bad.csv", text);
    counter.run("alice", &bulk).ended(3).golden("bad-values");
    counter.file("bad.csv", "owner,zone,name\ne1,HQ,Bad Name\ne2,HQ,good\n");
    counter.run("alice", &bulk).ended(3).golden("bad-names");
    let long = "x".repeat(5000);
    let rows = format!("e1,HQ,good,\ne2,HQ,b-end,\ne3,HQ,c,{long}\n");
    counter.file("bad.csv", &format!("owner,zone,name,justification\n{rows}"));
    counter.run("alice", &bulk).ended(3).golden("bad-for-the-server");
    counter.file("bad.csv", "owner,Zone\ne1,HQ\n");
    counter.run("alice", &bulk).ended(3).golden("bad-header");
    assert!(counter.requests().is_empty());
}

/// What was cancelled is not "there already": whoever runs it again is told, and a manifest is printed all the same.
#[test]
fn a_request_that_ended_wishes_nothing_any_more() {
    let counter = Counter::new("requests-ended");
    let place = &counter.place;
    let create = ["create", "badge", "--owner", "e1", "--set", "zone=HQ", "--name", "anna"];
    counter.run("alice", &create).ended(0);
    place.wait("porder/badge.e1.1", ".status.state", "Transmitted");
    let there = counter.run("alice", &create).ended(0);
    assert!(
        there.out.contains("already there (Transmitted/HandedOver)"),
        "{}",
        there.out
    );

    counter.file("joiners.csv", "owner,zone\ne2,HQ\n");
    let rows = ["create", "badge", "--from", "joiners.csv", "--yes"];
    counter.run("alice", &rows).ended(0);
    place.wait("porder/badge.e2.1", ".status.state", "Transmitted");
    for request in counter.names() {
        place.cancel("alice", &request).unwrap();
    }
    for order in ["badge.e1.1", "badge.e2.1"] {
        let said = serde_json::json!({"decision": {"result": "Errored", "message": "not begun"}});
        place.answer("bob", order, said).unwrap();
    }
    for request in counter.names() {
        place.shows(&request, "Inactive", "Cancelled");
    }
    for again in [&create[..], &rows] {
        let said = counter.run("alice", again).ended(3);
        assert!(
            said.err.contains("ended without it (Inactive/Cancelled)"),
            "{}",
            said.err
        );
    }
    for (again, owner) in [(&create[..], "e1"), (&rows, "e2")] {
        let manifest = [again, &["--dry-run=client", "-o", "yaml"]].concat();
        let said = counter.run("alice", &manifest).ended(0);
        assert!(said.out.contains("kind: AssignmentRequest"), "{}", said.out);
        assert!(said.out.contains(&format!("id: {owner}")), "{}", said.out);
    }
}

#[test]
fn a_column_is_one_thing() {
    let counter = Counter::new("requests-columns");
    counter.file("joiners.csv", "Id,Zone\ne1,HQ\n");
    let file = ["create", "badge", "--from", "joiners.csv", "--column", "owner=Id"];
    for (more, words) in [
        (
            ["--column", "name=Id"],
            "the column Id is given two names, owner and name",
        ),
        (["--column", "owner=Zone"], "owner is given two columns, Id and Zone"),
        (["--ignore-column", "Id"], "the column Id is given a name and ignored"),
    ] {
        let said = counter.run("alice", &[&file[..], &more].concat()).ended(2);
        assert!(said.err.contains(words), "{}", said.err);
    }
    let empty = ["create", "badge", "--owner", "e1", "--owner-property", "mail="];
    let said = counter.run("alice", &empty).ended(2);
    assert!(
        said.err.contains("--owner-property mail= gives no value"),
        "{}",
        said.err
    );
}

/// A file asks for the same wherever it is run; a person means midnight where they are.
#[test]
fn a_day_begins_where_it_is_said() {
    let counter = Counter::new("requests-days");
    let start = |name: &str| {
        let find = |request: &&Value| request["metadata"]["name"] == name;
        let request = counter.requests().iter().find(find).cloned();
        request.unwrap()["spec"]["startTime"].as_str().unwrap().to_owned()
    };
    counter.file("joiners.csv", "owner,zone,start\ne1,HQ,2199-03-01\n");
    let file = ["create", "badge", "--from", "joiners.csv", "--yes"];
    counter.run_in("America/New_York", "alice", &file).ended(0);
    let name = counter.names().into_iter().next().unwrap();
    assert_eq!(start(&name), "2199-03-01T00:00:00Z");
    let again = counter.run_in("Asia/Tokyo", "alice", &file).ended(0);
    assert!(again.out.contains("already there"), "{}", again.out);

    let one = [
        "create",
        "badge",
        "--owner",
        "e2",
        "--set",
        "zone=HQ",
        "--start",
        "2199-03-01",
    ];
    let named = |name: &'static str, more: &[&'static str]| [&one[..], &["--name", name], more].concat();
    counter.run_in("Asia/Tokyo", "alice", &named("here", &[])).ended(0);
    assert_eq!(start("here"), "2199-02-28T15:00:00Z");
    let zone = ["--time-zone", "America/New_York"];
    counter.run_in("Asia/Tokyo", "alice", &named("there", &zone)).ended(0);
    assert_eq!(start("there"), "2199-03-01T05:00:00Z");
    let unknown = ["--time-zone", "Atlantis"];
    let said = counter.run("alice", &named("nowhere", &unknown)).ended(2);
    assert!(
        said.err.contains("give one such as Europe/Berlin, or UTC"),
        "{}",
        said.err
    );
}
