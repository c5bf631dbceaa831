//! What a run prints, word for word.

#[path = "../golden/mod.rs"]
mod files;

use crate::hall::{Hall, Said};

/// Everything that a run says, compared with a file; the name of its Synchronization is `NAME` there.
#[track_caller]
fn golden(name: &str, said: &Said) {
    let text = format!("{}{}", said.done(), said.err);
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | ','));
    let mut names = words.filter(|word| word.starts_with("badge.20260"));
    let synchronization = names.next().unwrap().trim_end_matches(';');
    files::check(&format!("sync/{name}"), &text.replace(synchronization, "NAME"));
}

#[test]
fn word_for_word() {
    let hall = Hall::new("sync-golden");
    hall.virtual_entry("vera", "HQ");
    hall.export(
        "1.csv",
        &[("anna", "e1", "HQ", "a"), ("ben", "", "HQ", ""), ("carl", "", "HQ", "")],
    );
    golden("first", &hall.day(1, "1.csv", &[]));

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
        golden("dry-run", &hall.day(2, "2.csv", &[how]));
        assert_eq!((hall.objects("mres"), hall.objects("sync")), before, "{how} wrote");
    }

    golden("json", &hall.day(2, "2.csv", &["-o", "json"]));
}
