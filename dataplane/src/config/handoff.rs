//! From the control thread to the cores: an order in a channel, then a ring on a socket the core
//! polls. Cores share nothing but what an order carries.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::Config;
use crate::core::Core;

/// A question to a core, answered on its thread.
pub type Question = Box<dyn FnOnce(&Rc<Core>) + Send>;

/// What the control thread wants of a core.
pub enum Order {
    /// Serve this from now on, and say when that is so. Requests in flight keep what they have.
    Apply(Change, Sender<()>),
    /// Answer a question about the core.
    Ask(Question),
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

/// The control thread's end of the way to one core.
#[derive(Debug)]
pub struct Line {
    orders: Sender<Order>,
    bell: UnixStream,
}

impl Line {
    /// The way to the core that holds the other ends; `bell` must not block.
    pub fn new(orders: Sender<Order>, bell: UnixStream) -> Self {
        Self { orders, bell }
    }

    /// Gives an order. Orders to a core that has ended are lost.
    pub fn give(&self, order: Order) {
        if self.orders.send(order).is_ok() {
            // A full pipe rings as well as a new byte.
            let _ = (&self.bell).write(&[1]);
        }
    }
}
