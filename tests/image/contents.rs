//! What is in the image, and how it wants to be run.

use crate::layout::Image;
use crate::program::says;
use serde_json::{Value, json};

#[test]
fn there_is_one_file_and_no_shell() {
    let listed = Image::read().list();
    let [entry] = &listed[..] else {
        panic!("not one file: {listed:#?}");
    };
    assert!(entry.starts_with("-rwxr-xr-x 0/0 "), "{entry}");
    assert!(entry.ends_with(" handoff"), "{entry}");
}

/// The kubelet refuses a name with `runAsNonRoot`: it cannot tell whether that is root.
#[test]
fn its_user_is_a_number_that_the_chart_takes() {
    let user = Image::read().config["User"].clone();
    let (uid, gid) = user.as_str().unwrap().split_once(':').unwrap();
    assert_ne!(uid.parse::<u32>().unwrap(), 0);
    assert_ne!(gid.parse::<u32>().unwrap(), 0);
}

/// The chart gives arguments and no command.
#[test]
fn what_is_started_is_the_program() {
    let config = Image::read().config;
    assert_eq!(config["Entrypoint"], json!(["/handoff"]));
    assert_eq!(config["Cmd"], Value::Null);
    assert_eq!(config["WorkingDir"], Value::Null);
}

#[test]
fn its_labels_say_what_it_is() {
    let labels = Image::read().config["Labels"].clone();
    let label = |name: &str| labels[format!("org.opencontainers.image.{name}")].clone();
    assert_eq!(label("title"), "handoff");
    assert_eq!(label("licenses"), env!("CARGO_PKG_LICENSE"));
    assert_eq!(label("version"), env!("CARGO_PKG_VERSION"));
    let revision = label("revision");
    let said = says(&["--version"]);
    assert_eq!(
        said,
        format!(
            "handoff {} ({})\n",
            env!("CARGO_PKG_VERSION"),
            revision.as_str().unwrap()
        )
    );
}
