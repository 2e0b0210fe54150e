//! To the cores, from the control thread and from each other: an order in a channel, then a ring on a socket the core
//! polls. Cores share nothing else but counters.

mod channel;
mod mailbox;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::config::Config;
use crate::proxy::core::ProxyCore;
use mailbox::Bell;

/// A question to a core, answered on its thread.
pub type Question = Box<dyn FnOnce(&Rc<ProxyCore>) + Send>;

/// What the control thread, or another core, wants of a core.
pub enum Order {
    /// Serve this from now on, and say when that is so. Requests in flight keep what they have, as long as
    /// they reach somebody by it.
    Apply(Change, Sender<()>),
    /// Answer a question about the core.
    Ask(Question),
    /// Serve a client that another core has accepted, and where it came in.
    Take(TcpStream, SocketAddr, SocketAddr),
    /// Serve on, and tell every client with its next answer to come back elsewhere.
    Leave,
    /// Stop accepting, finish what is in flight, end.
    Drain,
}

/// A new configuration, and what it means for one core's listening sockets.
pub struct Change {
    /// What is served.
    pub config: Arc<Config>,
    /// Sockets to accept from, by the address they were asked for.
    pub opened: Vec<(SocketAddr, TcpListener)>,
    /// Sockets to accept from no longer.
    pub closed: Vec<SocketAddr>,
}

/// The other end of the way to one core.
pub type Line = mailbox::Line<Order, UnixStream>;

/// A core's end of it, which outlives its runtimes.
pub type Inbox = mailbox::Inbox<Order, UnixStream>;

/// One of a pair that does not block.
impl Bell for UnixStream {
    fn ring(&self) {
        // A full pipe rings as well as a new byte.
        let _ = (&*self).write(&[1]);
    }

    fn silence(&self) {
        let (mut bell, mut rings) = (self, [0; 64]);
        while bell.read(&mut rings).is_ok_and(|len| len == rings.len()) {}
    }
}
