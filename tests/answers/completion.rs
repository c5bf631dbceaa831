//! Names are completed while somebody types.

use crate::place::Place;
use crate::{handed_over, named_badge};
use std::process::Command;

/// kubectl itself completes `kubectl handoff`, with what `completion kubectl` printed in the PATH.
#[test]
fn names_are_completed_by_kubectl() {
    let mut place = Place::without_operator("answers-completion");
    place.apply("gita", named_badge());
    place.start();
    handed_over(&place, &["anna", "ben"]);
    place.done("ben", "badge.ben.1");

    let folder = std::env::temp_dir().join(format!("handoff-completion-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let program = env!("CARGO_BIN_EXE_kubectl-handoff");
    std::os::unix::fs::symlink(program, folder.join("kubectl-handoff")).unwrap();
    let script = Command::new(program).args(["completion", "kubectl"]).output().unwrap();
    let file = folder.join("kubectl_complete-handoff");
    std::fs::write(&file, script.stdout).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&file).status().unwrap().success());

    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let completed = |words: &[&str]| {
        let mut command = Command::new(std::env::var("KUBECTL").unwrap());
        command.args(["__complete", "handoff"]).args(words);
        let output = command.env("PATH", &path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let inside = ["--context", "mallory", "-n", place.namespace.as_str()];
    let names = |command: &str, typed: &str| {
        let words: Vec<_> = std::iter::once(command).chain(inside).chain([typed]).collect();
        completed(&words)
    };
    let anna = "badge.anna.1\tCreate badge anna for anna";
    assert_eq!(names("confirm", "badge."), [anna, ":4"]);
    assert_eq!(names("takeback", ""), ["badge.ben.1\tCreate badge ben for ben", ":4"]);
    assert_eq!(names("confirm", "x"), [":4"]);
    assert_eq!(names("cancel", "b"), ["ben\tCreate badge for ben, Executed", ":4"]);
    let typed = ["confirm", inside[0], inside[1], inside[2], inside[3], "--type", ""];
    assert_eq!(completed(&typed), ["badge", ":4"]);
    let typed = ["permissions", inside[0], inside[1], inside[2], inside[3], "a"];
    assert_eq!(completed(&typed), ["anna", ":4"]);
    assert_eq!(completed(&["explain", "Transm"]), ["Transmitted", ":4"]);
    assert_eq!(completed(&["conf"])[0].split('\t').next(), Some("confirm"));
    assert!(completed(&["confirm", "--ev"])[0].starts_with("--evidence\t"));
    // No cluster, no names, and no noise.
    assert_eq!(completed(&["confirm", "--context", "nowhere", "b"]), [":4"]);
    std::fs::remove_dir_all(folder).unwrap();
}

/// The program under its own name, in bash; kubectl keeps its own completion.
#[test]
fn words_are_completed_by_bash() {
    let typed = "PATH=$1:$PATH; source <(kubectl-handoff completion bash); COMP_CWORD=2 COMP_TYPE=9; \
        COMP_WORDS=(kubectl-handoff explain Transm); name=$(complete -p kubectl-handoff | sed 's/.*-F //; s/ .*//'); \
        $name kubectl-handoff Transm explain; echo ${COMPREPLY[@]}; complete -p kubectl";
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_kubectl-handoff"))
        .parent()
        .unwrap();
    let mut bash = Command::new("bash");
    let output = bash.args(["--norc", "-c", typed, "bash"]).arg(folder).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.trim(), "Transmitted", "{error}");
    assert!(error.contains("kubectl: no completion specification"), "{error}");
}
