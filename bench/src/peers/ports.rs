//! Ports that nobody listens on now.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::{Context, Result};

/// A port that is free on every address of this machine.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0));
    let port = listener.and_then(|listener| listener.local_addr());
    Ok(port.context(|| "a free port".to_owned())?.port())
}
