//! One core with everything it owns, and what that is made of.
//!
//! Cores share no mutable state. What crosses between the control thread and a core, or between two cores
//! when one hands the other a client, is an order (see [`super::hand_over`]); counters have one writer
//! each, and any number of readers.

use std::cell::Cell;
use std::net::SocketAddr;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::cores::Cores;
use crate::base::core_stats::CoreStats;
use crate::base::settings::Settings;
use crate::config::Config;
use crate::config::socket::Socket;
use crate::proxy::core::ProxyCore;
use crate::runtime::core::Core;
use crate::telemetry::access_log::AccessLog;
use crate::transport::tls::Pending;

/// How many clients more than another a core serves before it hands one over: fewer are uneven by chance.
const UNEVEN_MIN: usize = 64;

/// What a core is made of, again after its worker died.
pub struct Seed {
    /// Which one.
    pub index: usize,
    /// The data plane's settings.
    pub settings: Arc<Settings>,
    /// What is served.
    pub config: Option<Arc<Config>>,
    /// Its counters.
    pub stats: Arc<CoreStats>,
    /// All cores, itself among them.
    pub cores: Arc<Cores>,
    /// Whether clients are told to come back elsewhere.
    pub is_leaving: bool,
    /// Where requests are logged, if they are.
    pub access_log: Option<Arc<AccessLog>>,
}

/// A core, and how clients come to it.
pub struct ServerCore {
    /// What its exchanges share.
    pub proxy: Rc<ProxyCore>,
    /// All cores, itself among them.
    pub cores: Arc<Cores>,
    /// TLS handshakes in progress.
    pub handshakes: Rc<Pending>,
    /// Listening sockets that are accepted from.
    pub acceptors: Cell<usize>,
}

impl ServerCore {
    /// A core that serves nobody yet.
    #[must_use]
    pub fn new(seed: &Seed) -> Rc<Self> {
        let core = Core::new(
            seed.index,
            Arc::clone(&seed.settings),
            Arc::clone(&seed.stats),
        );
        core.is_leaving.set(seed.is_leaving);
        let log = seed.access_log.as_ref().map(|log| log.core());
        Rc::new(Self {
            proxy: ProxyCore::new(core, seed.config.clone(), log),
            cores: Arc::clone(&seed.cores),
            handshakes: Rc::default(),
            acceptors: Cell::new(0),
        })
    }

    /// Whether connections that come in there begin with a TLS handshake.
    pub fn begins_with_handshake(&self, address: SocketAddr) -> bool {
        let config = self.proxy.config();
        let socket = config.as_ref().and_then(|config| config.socket(address));
        socket.is_some_and(Socket::is_tls)
    }

    /// Whether a connection or a listening socket is open.
    pub fn is_busy(&self) -> bool {
        self.connections.get() > 0 || self.acceptors.get() > 0 || self.proxy.mirrors.is_busy()
    }

    /// The core that should serve one more client rather than this one: it has far fewer, or this one is
    /// full.
    pub fn less_busy(&self) -> Option<usize> {
        if self.is_leaving.get() {
            return None;
        }
        let own = self.connections.get();
        let margin = match self.is_full() {
            true => 0,
            false => UNEVEN_MIN + own / 4,
        };
        self.cores.least_busy(own.saturating_sub(margin))
    }
}

/// Whoever accepts uses the machine all the time.
impl Deref for ServerCore {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.proxy.core
    }
}
