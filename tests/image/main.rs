//! The image as `make image` builds it: what is in it, and the operator out of it, on a real control plane, as a pod of the
//! chart runs it.
//!
//! Needs the image (HANDOFF_IMAGE, an OCI layout), root, runc and a control plane: `make test-image` has all of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod container;
mod contents;
mod layout;
mod parts;
#[path = "../place/mod.rs"]
mod place;
mod program;
mod work;
