//! The Dockerfile says the same as what it is about. It is not built here, since that needs a registry; `make image` builds
//! its last stage, and tests/image tests that.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// What follows a word at the begin of a line, each time.
fn all(word: &str) -> Vec<String> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines();
    lines
        .filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ').map(str::to_owned))
        .collect()
}

#[track_caller]
fn only(word: &str) -> String {
    let [one] = &all(word)[..] else {
        panic!("not one {word}: {:?}", all(word));
    };
    one.clone()
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn the_compiler_is_one_version_that_is_new_enough() {
    let builder = &all("FROM")[0];
    let (_, version) = builder.split_once("/rust:").unwrap();
    let (version, _) = version.split_once('-').unwrap();
    let version = numbers(version);
    assert_eq!(version.len(), 3, "{builder}");
    assert!(version >= numbers(env!("CARGO_PKG_RUST_VERSION")), "{builder}");
}

/// `make image` builds what comes after this line.
#[test]
fn the_last_stage_begins_with_nothing() {
    assert_eq!(all("FROM").last().unwrap(), "scratch");
    assert_eq!(all("FROM").len(), 2);
}

#[test]
fn it_builds_by_the_script_and_takes_what_that_leaves() {
    let builds: Vec<String> = all("RUN").into_iter().filter(|line| line.contains("COMMIT")).collect();
    let [build] = &builds[..] else { panic!("{builds:?}") };
    let (_, folder) = build.split_once(" dev/release.sh ").unwrap();
    assert!(build.contains("HANDOFF_COMMIT=\"$COMMIT\""), "{build}");
    assert_eq!(
        all("COPY").last().unwrap(),
        &format!("--from=build {folder}/handoff /handoff")
    );
    let script = read("dev/release.sh");
    assert!(script.contains("auditable build --release --locked"), "{script}");
    assert!(!script.contains("--features"), "{script}");
    assert_eq!(only("ENTRYPOINT"), "[\"/handoff\"]");
}

/// Where a Kubernetes is to check `runAsNonRoot`, the user has to be a number.
#[test]
fn the_user_is_a_number_that_is_not_root() {
    let user = only("USER");
    let (uid, gid) = user.split_once(':').unwrap();
    assert!(uid.parse::<u32>().unwrap() > 0 && gid.parse::<u32>().unwrap() > 0);
    let chart: serde_json::Value = serde_saphyr::from_str(&read("charts/handoff/values.yaml")).unwrap();
    assert_eq!(chart["podSecurityContext"]["runAsNonRoot"], true);
    assert_eq!(chart["listen"]["port"].to_string(), only("EXPOSE"));
}

#[test]
fn the_version_is_ours() {
    let label = format!("org.opencontainers.image.version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(only("LABEL").contains(&label));
}

/// What is left out of the build is nothing that is built.
#[test]
fn nothing_is_left_out_that_is_needed() {
    let ignored = read(".dockerignore");
    let ignored: Vec<&str> = ignored.lines().filter(|line| !line.starts_with('#')).collect();
    for needed in [
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "src",
        "core",
        "dev",
        "charts",
        "tests",
        "benches",
    ] {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(needed).exists(), "{needed}");
        assert!(!ignored.contains(&needed), "{needed}");
    }
    assert!(ignored.contains(&".git") && ignored.contains(&"target"), "{ignored:?}");
}
