//! Free ports on loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port that was free a moment ago; another process may still take it first.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The wanted port if it is free, else any free one.
pub(crate) fn prefer(wanted: Option<u16>) -> io::Result<u16> {
    match wanted {
        Some(port) if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() => Ok(port),
        _ => free_port(),
    }
}

/// Whether a log says that another process took the port first.
pub(crate) fn was_taken(log: &str) -> bool {
    log.to_lowercase().contains("address already in use")
}
