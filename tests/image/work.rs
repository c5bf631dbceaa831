//! The operator out of the image does its job.

use crate::container::{Container, limit};
use crate::place::{Place, free_port};
use crate::program::says;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn folder() -> PathBuf {
    std::env::var("HANDOFF_TEST_DIR").unwrap().into()
}

#[test]
fn it_starts_with_no_rights_and_nothing_to_write_to() {
    let container = Container::new("version", &["--version"], &[], &[]);
    let output = folder().join("version.out");
    let status = container.start(&output).wait().unwrap();
    assert!(status.success(), "{}", std::fs::read_to_string(&output).unwrap());
    assert_eq!(std::fs::read_to_string(&output).unwrap(), says(&["--version"]));
}

#[test]
fn it_is_ready_and_hands_work_over_and_ends_when_it_is_asked_to() {
    let mut place = Place::without_operator("image");
    place.port = free_port();
    let kubeconfig = folder().join("image.kubeconfig");
    std::fs::copy(folder().join("operator.kubeconfig"), &kubeconfig).unwrap();
    // For the user of the image; the folder around it is closed.
    std::fs::set_permissions(&kubeconfig, std::fs::Permissions::from_mode(0o444)).unwrap();
    let listen = format!("--listen=127.0.0.1:{}", place.port);
    let args = ["run", &listen, "--log-format=json", "--namespace=image"];
    let files = [(kubeconfig.as_path(), "/kubeconfig")];
    let container = Container::new("operator", &args, &["KUBECONFIG=/kubeconfig"], &files);
    let mut process = container.start(place.log().as_ref());

    place.hire("hire", "anna");
    place.done("hire", "badge.anna.1");
    let answer = place.ask_operator("/readyz");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    assert_eq!(container.enforced_limit(), limit());
    container.terminate();
    assert!(process.wait().unwrap().success(), "see {}", place.log());
    let log = std::fs::read_to_string(place.log()).unwrap();
    let said = says(&["--version"]);
    let commit = said.trim().rsplit(' ').next().unwrap().trim_matches(['(', ')']);
    let started = log.lines().find(|line| line.contains("handoff started")).unwrap();
    assert!(started.contains(&format!("\"commit\":\"{commit}\"")), "{started}");
}
