//! A real Kubernetes control plane, unmodified etcd and kube-apiserver, for demo and tests. Linux.
//!
//! - [`binaries`] finds etcd, kube-apiserver and kubectl, or builds them
//! - [`controlplane`] starts and stops them
//! - [`users`] are the people of the demo, with their roles; [`kubeconfig`] their contexts
//! - [`install`] applies CRDs, policies and roles
//! - [`up`] and [`with`] put it together: one left running, one thrown away

pub mod binaries;
mod certs;
mod clock;
pub mod controlplane;
mod dirlock;
pub mod files;
pub mod guard;
mod http;
pub mod install;
pub mod interrupt;
pub mod kubeconfig;
pub mod kubectl;
pub mod layout;
mod logs;
pub mod operator;
pub mod policies;
mod ports;
pub mod process;
pub mod progress;
pub mod repository;
pub mod state;
pub mod up;
pub mod users;
pub mod with;
