//! One core: a thread, its runtime, and everything it owns.
//!
//! Cores share no mutable state. What crosses between the control thread and a core, or between two cores
//! when one hands the other a client, is an order (see [`super::hand_over`]); counters have one writer
//! each, and any number of readers.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::cores::Cores;
use crate::base::clock::CoreClock;
use crate::runtime::budget::Budget;
use crate::runtime::buffers::Buffers;
use crate::runtime::deadlines::Deadlines;
use crate::runtime::log_limit::LogLimit;
use crate::runtime::signal::Signal;
use crate::runtime::turn::Turns;

use crate::affinity::Affinity;
use crate::base::core_stats::CoreStats;
use crate::base::settings::Settings;
use crate::cluster::{Bounds, ConnectTimes, Failures, Pool};
use crate::config::Config;
use crate::config::socket::Socket;
use crate::proxy::{Client, Mirrors};
use crate::telemetry::access_log::{AccessLog, CoreLog};
use crate::transport::tls::Pending;

/// How many clients more than another a core serves before it hands one over: fewer are uneven by chance.
const UNEVEN_MIN: usize = 64;

/// A configuration all cores share, with a count of holders that is this core's own: a request that
/// holds it touches nothing that another core touches.
pub type OwnConfig = Rc<Arc<Config>>;

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

/// What the tasks of one core share.
pub struct Core {
    /// Which one.
    pub index: usize,
    /// The data plane's settings.
    pub settings: Arc<Settings>,
    /// All cores, itself among them.
    pub cores: Arc<Cores>,
    /// Its counters, which nobody else writes.
    pub stats: Arc<CoreStats>,
    /// Its end of the access log.
    pub log: RefCell<Option<CoreLog>>,
    /// Every socket's limit in time.
    pub deadlines: Rc<Deadlines>,
    /// What time it is.
    pub clock: CoreClock,
    /// Who has had how much of it.
    pub turns: Rc<Turns>,
    /// Spare buffers.
    pub buffers: Buffers,
    /// What windows on bodies may take beyond a buffer.
    pub window_budget: Rc<Budget>,
    /// What replay bodies may take.
    pub replay_budget: Rc<Budget>,
    /// Idle connections to endpoints.
    pub pool: Pool,
    /// How long endpoints took to accept lately.
    pub connect_times: ConnectTimes,
    /// Endpoints that did not accept lately.
    pub failures: Failures,
    /// Who belongs where.
    pub affinity: RefCell<Affinity>,
    /// Copies of requests on their way.
    pub mirrors: Mirrors,
    /// TLS handshakes in progress.
    pub handshakes: Rc<Pending>,
    /// Connections of clients.
    pub connections: Cell<usize>,
    /// Listening sockets that are accepted from.
    pub doors: Cell<usize>,
    /// Of lines about load balancers whose PROXY header cannot be read.
    pub proxy_header_log: LogLimit,
    /// Whether connections end with their next answer.
    pub is_leaving: Cell<bool>,
    /// Raised when the core ends.
    pub is_over: Signal,
    config: RefCell<Option<OwnConfig>>,
}

impl Core {
    /// A core that serves nobody yet.
    #[must_use]
    pub fn new(seed: &Seed) -> Rc<Self> {
        let settings = Arc::clone(&seed.settings);
        let pool = Pool::new(Bounds {
            per_endpoint_max: settings.upstream_idle_max,
            total_max: settings.upstream_idle_total_max,
            timeout: settings.upstream_idle_timeout,
        });
        Rc::new(Self {
            index: seed.index,
            stats: Arc::clone(&seed.stats),
            cores: Arc::clone(&seed.cores),
            log: RefCell::new(seed.access_log.as_ref().map(|log| log.core())),
            deadlines: Deadlines::new(),
            clock: CoreClock::new(settings.clock.clone()),
            turns: Rc::default(),
            buffers: Buffers::default(),
            window_budget: Budget::new("windows", settings.window_bytes_max, &seed.stats),
            replay_budget: Budget::new("replay-bodies", settings.replay_bytes_max, &seed.stats),
            pool,
            connect_times: ConnectTimes::default(),
            failures: Failures::default(),
            affinity: RefCell::new(Affinity::new(seed.index, &settings)),
            mirrors: Mirrors::default(),
            handshakes: Rc::default(),
            connections: Cell::new(0),
            doors: Cell::new(0),
            proxy_header_log: LogLimit::default(),
            is_leaving: Cell::new(seed.is_leaving),
            is_over: Signal::default(),
            config: RefCell::new(seed.config.clone().map(Rc::new)),
            settings,
        })
    }

    /// What is served. A request keeps what it started with.
    pub fn config(&self) -> Option<OwnConfig> {
        self.config.borrow().clone()
    }

    /// Serves this from the next request on.
    pub fn set_config(&self, config: Arc<Config>) {
        self.config.replace(Some(Rc::new(config)));
    }

    /// Whether a client's next request would be answered.
    pub fn serves(&self, client: &Client) -> bool {
        let config = self.config.borrow();
        let socket = config
            .as_ref()
            .and_then(|config| config.socket(client.socket));
        let is_served = socket.is_some_and(|socket| socket.is_tls() == client.is_tls());
        is_served && !self.is_leaving.get()
    }

    /// Whether connections that come in there begin with a TLS handshake.
    pub fn begins_with_handshake(&self, address: SocketAddr) -> bool {
        let config = self.config.borrow();
        let socket = config.as_ref().and_then(|config| config.socket(address));
        socket.is_some_and(Socket::is_tls)
    }

    /// Ends idle connections that came in where nothing is served any more.
    pub fn end_unserved(&self) {
        let config = self.config.borrow();
        self.deadlines.end_idle(|address| {
            config
                .as_ref()
                .is_none_or(|config| config.socket(address).is_none())
        });
    }

    /// A client has connected.
    pub fn connection_opened(&self) {
        self.connections.set(self.connections.get() + 1);
        self.stats.connections.add(1);
        self.stats
            .connections_open
            .set(self.connections.get() as u64);
    }

    /// A client's connection is over.
    pub fn connection_closed(&self) {
        self.connections.set(self.connections.get() - 1);
        self.stats
            .connections_open
            .set(self.connections.get() as u64);
    }

    /// Whether a connection or a listening socket is open.
    pub fn is_busy(&self) -> bool {
        self.connections.get() > 0 || self.doors.get() > 0 || self.mirrors.is_busy()
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

    /// Whether no further connection is taken.
    pub fn is_full(&self) -> bool {
        self.connections.get() >= self.settings.connections_max
    }
}
