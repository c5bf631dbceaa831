//! What happens to people's entries, and what is known of it.

use crate::directory::Programs;
use crate::office::Office;
use serde_json::json;

/// One entry as ordered, one forgotten, one with slips: all three are confirmed.
pub fn joiners(programs: Programs) {
    let office = Office::open("ldap-joiners", programs, json!({}));
    let place = &office.place;
    office.join("anna", "e2", "Anna-Jördis Übelhör");
    office.join("boris", "e3", "Boris Forgotten");
    office.join("clara", "e4", "Clara Mistyped");
    office.add("directory.anna.1", []);
    office.add("directory.clara.1", [("title", "Auditoress"), ("department", "Clams")]);
    let claims = ["anna", "boris", "clara"].map(|login| office.confirm(&format!("directory.{login}.1")));
    let night = office.sync(&office.export("night.ldif", claims.into_iter().max().unwrap()));

    place.shows("join-anna", "Verified", "Observed");
    assert_eq!(office.verification("directory.anna.1", "verdict"), "Verified");
    assert_eq!(office.verification("directory.anna.1", "synchronization"), night);
    assert_eq!(office.verification("directory.anna.1", "differences"), "");

    place.shows("join-boris", "Errored", "Refuted");
    assert_eq!(office.verification("directory.boris.1", "verdict"), "Refuted");
    assert_eq!(
        office.verification("directory.boris.1", "differences"),
        r#"[{"expected":["true"],"observed":["false"],"property":"exists"}]"#
    );
    place.shows("join-clara", "Errored", "Refuted");
    assert_eq!(
        office.verification("directory.clara.1", "differences"),
        r#"[{"expected":["Claims"],"observed":["Clams"],"property":"department"},{"expected":["Auditor"],"observed":["Auditoress"],"property":"title"}]"#
    );
    let message = place.read("porder/directory.clara.1", ".status.message");
    for words in ["title", "Auditoress", "department", "Clams", &night] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }

    place.wait(&format!("sync/{night}"), ".status.verified", "1");
    place.wait(&format!("sync/{night}"), ".status.refuted", "2");
    assert_eq!(
        place.read("mres", ".items[*].spec.identifier"),
        "anna clara olga",
        "the inventory is what the directory has"
    );
    assert_eq!(
        place.read("mres/directory.anna", ".spec.properties.name"),
        "Anna-Jördis Übelhör"
    );
}

/// A slip comes back by itself, and only what is wrong is to be mended.
pub fn reopened(programs: Programs) {
    let office = Office::open("ldap-reopened", programs, json!({"onRefuted": "Reopen"}));
    let place = &office.place;
    office.join("clara", "e4", "Clara Mistyped");
    office.add("directory.clara.1", [("title", "Auditoress")]);
    let claimed = office.confirm("directory.clara.1");
    let first = office.sync(&office.export("first.ldif", claimed));
    place.wait("porder/directory.clara.1", ".status.reason", "Refuted");

    office.modify("directory.clara.2");
    let second = "porder/directory.clara.2";
    assert_eq!(place.read(second, ".spec.attempt"), "2");
    assert_eq!(place.read(second, ".spec.previous.reason"), "Refuted");
    assert_eq!(
        place.read(second, ".spec.changes"),
        r#"[{"current":["Auditoress"],"currentKnown":true,"property":"title","proposed":["Auditor"],"type":"String"}]"#
    );
    let claimed = office.confirm("directory.clara.2");
    let last = office.sync(&office.export("second.ldif", claimed));
    place.shows("join-clara", "Verified", "Observed");
    assert_eq!(
        place.read("areq/join-clara", ".status.orders"),
        r#"["directory.clara.1","directory.clara.2"]"#
    );
    assert_eq!(place.read("areq/join-clara", ".status.attempts"), "2");
    assert_eq!(office.verification("directory.clara.2", "synchronization"), last);
    place.wait(&format!("sync/{first}"), ".status.refuted", "1");
    place.wait(&format!("sync/{last}"), ".status.verified", "1");
}

/// Who was there when an export was made may be gone when it is taken in.
pub fn leaver(programs: Programs) {
    let office = Office::open("ldap-leaver", programs, json!({"onRefuted": "Reopen"}));
    let place = &office.place;
    office.join("anna", "e2", "Anna Leaver");
    office.add("directory.anna.1", []);
    let claimed = office.confirm("directory.anna.1");
    let hired = office.export("hired.ldif", claimed);
    office.sync(&hired);
    place.shows("join-anna", "Verified", "Observed");

    let leave = json!({"operation": "Delete"});
    office.ask("leave-anna", "anna", "e2", leave.clone());
    // Taken while somebody has the order, and lying around until her entry is gone.
    place.wait("porder/directory.anna.2", ".status.state", "Transmitted");
    let handed_over = office.moment("porder/directory.anna.2", ".status.transmittedAt");
    let old = office.export("old.ldif", handed_over.max(hired.taken));
    office.delete("directory.anna.2");
    let claimed = office.confirm("directory.anna.2");
    office.sync(&old);
    assert_eq!(place.read("mres/directory.anna", ".spec.identifier"), "anna");
    // Asked once more, the claim still answers, not the entry that the old export has.
    office.ask("leave-again", "anna", "e2", leave);
    place.shows("leave-again", "Executed", "AlreadyClaimed");
    place.shows("leave-anna", "Executed", "Confirmed");

    let gone = office.sync(&office.export("gone.ldif", claimed));
    for (request, reason) in [("leave-anna", "Observed"), ("leave-again", "AlreadyAbsent")] {
        place.shows(request, "Verified", reason);
        assert_eq!(
            place.read(&format!("areq/{request}"), ".status.orders"),
            r#"["directory.anna.2"]"#
        );
    }
    assert_eq!(office.verification("directory.anna.2", "synchronization"), gone);
    assert_eq!(
        place.read("porder", ".items[*].metadata.name"),
        "directory.anna.1 directory.anna.2"
    );
    let reasons = place.read("porder/directory.anna.2", ".status.history[*].reason");
    assert!(!reasons.contains("Refuted"), "{reasons}");

    // Now it is too old to be believed at all.
    office.try_sync(&old).failed(3, &["take a newer export"]);
    assert_eq!(place.read("mres", ".items[*].spec.identifier"), "olga");
}
