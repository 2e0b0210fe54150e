//! A core's open listening sockets.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;

use super::acceptor;
use crate::runtime::signal::Signal;
use crate::server::core::ServerCore;

/// The accept loops of one core, by the address their socket was asked for.
#[derive(Debug, Default)]
pub struct Acceptors(BTreeMap<SocketAddr, Rc<Signal>>);

impl Acceptors {
    /// Accepts from a socket until it is closed.
    pub fn open(&mut self, core: &Rc<ServerCore>, address: SocketAddr, socket: &TcpListener) {
        let closing = Rc::new(Signal::default());
        match acceptor::Acceptor::new(core, address, socket, &closing) {
            Ok(acceptor) => drop(monoio::spawn(acceptor.serve())),
            Err(error) => {
                tracing::error!(%address, %error, "a listening socket cannot be polled [accept-stopped]");
            }
        }
        self.0.insert(address, closing);
    }

    /// Accepts what waits in the socket's queue, and no more.
    pub fn close(&mut self, address: SocketAddr) {
        if let Some(closing) = self.0.remove(&address) {
            closing.raise();
        }
    }

    /// Closes all of them.
    pub fn close_all(&mut self) {
        for closing in std::mem::take(&mut self.0).into_values() {
            closing.raise();
        }
    }
}
