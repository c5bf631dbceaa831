//! Who may run it: the plugin has no right of its own.

use crate::hall::{Hall, MAPPED};

#[test]
fn people_without_the_right_are_told_which_role_has_it() {
    let hall = Hall::new("sync-rights");
    let rows: Vec<String> = (0..100).map(|number| format!("u{number}")).collect();
    let rows: Vec<_> = rows.iter().map(|login| (login.as_str(), "", "HQ", "")).collect();
    hall.export("1.csv", &rows);
    let at = ["--taken-at", "2026-03-01T02:00:00Z"];
    let role = "--clusterrole=handoff-inventory-writer";
    for who in ["bob", "alice", "mallory"] {
        let cannot = format!("User \"{who}\" cannot create resource \"managedresources\"");
        let said = hall.run(who, "1.csv", &[MAPPED, &at].concat());
        said.failed(
            1,
            &[
                &cannot,
                role,
                "-n sync-rights",
                "were not tried any more",
                "there is no Synchronization",
            ],
        );
        // The same for whoever takes that name.
        hall.run("admin", "1.csv", &[MAPPED, &at, &["--as", who]].concat())
            .failed(1, &[&cannot, role]);
    }
    hall.run("bob", "1.csv", &[MAPPED, &at, &["--dry-run=server"]].concat())
        .failed(1, &[role]);
    assert!(hall.objects("mres").is_empty() && hall.objects("sync").is_empty());
    hall.run("admin", "1.csv", &[MAPPED, &at, &["--as", "ivan"]].concat())
        .done();
}

#[test]
fn who_cannot_even_look_is_told_so() {
    let hall = Hall::new("sync-nobody");
    hall.export("1.csv", &[("anna", "", "HQ", "")]);
    let said = hall.run(
        "admin",
        "1.csv",
        &[MAPPED, &["--as", "nobody", "--taken-at", "2026-03-01T02:00:00Z"]].concat(),
    );
    said.failed(
        1,
        &[
            "cannot get resource \"resourcetypes\"",
            "--clusterrole=handoff-inventory-writer",
        ],
    );
}
