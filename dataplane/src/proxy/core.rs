//! What the exchanges of one core share.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::mirrors::Mirrors;
use crate::affinity::Affinity;
use crate::cluster::{Bounds, ConnectTimes, Failures, Pool};
use crate::config::Config;
use crate::proto::fields::SpareFields;
use crate::runtime::core::Core;
use crate::telemetry::access_log::CoreLog;
use crate::transport::client::Client;

/// A configuration all cores share, with a count of holders that is this core's own: a request that
/// holds it touches nothing that another core touches.
pub type OwnConfig = Rc<Arc<Config>>;

/// A core, and what its exchanges share beside the machine.
pub struct ProxyCore {
    /// The machine.
    pub core: Rc<Core>,
    /// Its end of the access log.
    pub log: RefCell<Option<CoreLog>>,
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
    /// Memory for heads.
    pub spare_fields: Rc<SpareFields>,
    config: RefCell<Option<OwnConfig>>,
}

impl ProxyCore {
    /// One that knows no endpoint yet.
    #[must_use]
    pub fn new(core: Rc<Core>, config: Option<Arc<Config>>, log: Option<CoreLog>) -> Rc<Self> {
        let settings = &core.settings;
        let pool = Pool::new(Bounds {
            per_endpoint_max: settings.upstream_idle_max,
            total_max: settings.upstream_idle_total_max,
            timeout: settings.upstream_idle_timeout,
        });
        Rc::new(Self {
            log: RefCell::new(log),
            pool,
            connect_times: ConnectTimes::default(),
            failures: Failures::default(),
            affinity: RefCell::new(Affinity::new(core.index, settings)),
            mirrors: Mirrors::default(),
            spare_fields: Rc::default(),
            config: RefCell::new(config.map(Rc::new)),
            core,
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

    /// Ends idle connections that came in where nothing is served any more.
    pub fn end_unserved(&self) {
        let config = self.config.borrow();
        self.deadlines.end_idle(|address: SocketAddr| {
            config
                .as_ref()
                .is_none_or(|config| config.socket(address).is_none())
        });
    }
}

/// An exchange uses the machine all the time.
impl Deref for ProxyCore {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}
