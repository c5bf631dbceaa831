//! Exports of the managed system, and the plugin that takes them in.

use crate::hall::{Hall, Size, identifier};
use crate::memory::{self, Memory};
use jiff::{Timestamp, ToSpan};
use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

impl Hall {
    /// The plugin takes in the export of that night; answers how long it ran, and its memory. In the first nothing was
    /// changed yet.
    pub async fn sync(&self, night: usize) -> (Duration, Memory) {
        let moved = if night == 1 { 0 } else { self.size.orders };
        let file = self.folder.join(format!("{night}.csv"));
        std::fs::write(&file, csv(self.size, moved)).unwrap();
        // What was done in this second is in the export.
        let taken = Timestamp::now().checked_add(1.second()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
        command
            .args(["sync", "badge", "--context", "ivan", "-n", self.namespace()])
            .args(["--identifier", "Login", "--owner", "Id", "--values", "doors=Doors:|"])
            .args(["zone=Zone", "level=Level", "mail=Mail"].map(|property| format!("--property={property}")))
            .args(["--taken-at", &format!("{taken:.0}"), "--from"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let begun = Instant::now();
        let mut run = command.spawn().unwrap();
        let mut memory = Memory::default();
        loop {
            if let Some(status) = run.try_wait().unwrap() {
                assert!(status.success(), "the plugin failed: {status}");
                return (begun.elapsed(), memory);
            }
            // Nothing tells how much a process held once it has ended.
            memory = memory::look(run.id()).unwrap_or(memory);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// In which so many have moved.
fn csv(size: Size, moved: usize) -> String {
    let mut text = "Login,Id,Zone,Level,Mail,Doors\n".to_owned();
    for number in 0..size.resources {
        let (login, zone) = (identifier(number), if number < moved { "LAB" } else { "HQ" });
        let level = number % 5;
        writeln!(text, "{login},{login},{zone},{level},{login}@example.org,north|south").unwrap();
    }
    text
}
