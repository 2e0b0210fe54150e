//! What an operator sets: bounds, timeouts, where to listen for administration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ipnet::IpNet;

/// Settings of one data plane. A timeout of zero is off.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that serve, each on its own; at least 1.
    pub workers: usize,
    /// How the threads talk to the kernel.
    pub driver: Driver,
    /// Where metrics and health are served; `None`: nowhere.
    pub admin: Option<SocketAddr>,
    /// The access log's file; `None`: no access log.
    pub access_log: Option<PathBuf>,
    /// From the first byte of a request's head (or from the connection's start) to its last.
    pub header_timeout: Duration,
    /// Without a byte on a connection: between requests, inside bodies, in tunnels.
    pub idle_timeout: Duration,
    /// For a connection to an endpoint.
    pub connect_timeout: Duration,
    /// From a request's last byte to its response's head, where the rule says nothing.
    pub request_timeout: Duration,
    /// How long an idle connection to an endpoint is kept.
    pub upstream_idle_timeout: Duration,
    /// How many idle connections are kept per endpoint and core.
    pub upstream_idle_max: usize,
    /// How many idle connections to all endpoints are kept per core.
    pub upstream_idle_total_max: usize,
    /// How many clients one core serves at once. One more goes to a core that has room, takes the place of
    /// one that waits for another request, or waits in the listening queue. All cores
    /// together take no more than half of the file descriptors, so that endpoints can be reached.
    pub connections_max: usize,
    /// Bytes that one core's windows on bodies take, beyond a small one for each body.
    pub window_bytes_max: usize,
    /// Bytes that one core keeps of bodies, for retries and mirrors.
    pub replay_bytes_max: usize,
    /// How many requests of one session one core serves at once; 0: no bound. More get 429.
    pub requests_per_session_max: u32,
    /// How many sessions one core remembers.
    pub sessions_max: usize,
    /// How long requests in flight may go on once the data plane drains.
    pub drain_timeout: Duration,
    /// Networks of proxies in front, which are believed what they say of a client (X-Forwarded-For and its
    /// kin). What others say of themselves is dropped.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks of load balancers in front that begin each connection with a PROXY header (versions 1 and
    /// 2), which says who the client is. One without it is closed.
    pub proxy_protocol_from: Vec<IpNet>,
    /// Whether messages say by a Via field that they came through here, both ways (RFC 9110 7.6.3).
    pub via: bool,
    /// Whether it is ready to serve where no listener is asked for: a fleet is there before the first Gateway.
    pub is_ready_without_listeners: bool,
    /// What time it is.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            workers: cores,
            driver: Driver::Auto,
            admin: None,
            access_log: None,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            // One lost packet is sent again after a second. A pod whose network is gone does not say
            // so, and a client may have to wait for several of them.
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(60),
            upstream_idle_timeout: Duration::from_secs(30),
            upstream_idle_max: 128,
            upstream_idle_total_max: 4096,
            connections_max: 65_536,
            window_bytes_max: 64 * 1024 * 1024,
            replay_bytes_max: 32 * 1024 * 1024,
            requests_per_session_max: 1024,
            sessions_max: 16_384,
            drain_timeout: Duration::from_secs(30),
            trusted_proxies: Vec::new(),
            proxy_protocol_from: Vec::new(),
            via: true,
            is_ready_without_listeners: false,
            clock: Clock::default(),
        }
    }
}

/// How the threads talk to the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// io_uring where the kernel allows it, else epoll.
    #[default]
    Auto,
    /// io_uring, or no start.
    IoUring,
    /// epoll.
    Epoll,
}

/// Seconds since 1970, from the system or, for tests, as set.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// A clock that stands still; its clones stand with it.
    #[must_use]
    pub fn stopped_at(secs: u64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(secs))))
    }

    /// Moves a stopped clock. The system's clock is not moved.
    pub fn set(&self, secs: u64) {
        if let Some(stopped) = &self.0 {
            stopped.store(secs, Ordering::Relaxed);
        }
    }

    /// The time now.
    #[must_use]
    pub fn now_secs(&self) -> u64 {
        self.stopped_secs().unwrap_or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |time| time.as_secs())
        })
    }

    /// What a stopped clock shows.
    pub(crate) fn stopped_secs(&self) -> Option<u64> {
        let stopped = self.0.as_ref()?;
        Some(stopped.load(Ordering::Relaxed))
    }
}
