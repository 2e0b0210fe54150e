//! All counters of one data plane.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::RouteStats;
use crate::base::core_stats::CoreStats;

/// All counters of one data plane; clones share them.
#[derive(Clone, Debug)]
pub struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cores: Box<[Arc<CoreStats>]>,
    /// Only control and admin threads lock it.
    routes: Mutex<BTreeMap<String, Weak<[Slot]>>>,
    generation: AtomicU64,
    refused: AtomicU64,
}

/// The counters of one route, those of each core.
#[derive(Clone, Debug)]
pub struct PerCore(Arc<[Slot]>);

/// One core's counters of one route, made with its first request: of thousands of routes a core may
/// see few.
pub type Slot = OnceLock<Box<RouteStats>>;

/// What the data plane knows about itself when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// The name of the kernel interface in use.
    pub driver: &'static str,
    /// Access-log lines that were not written.
    pub access_log_dropped: u64,
    /// Configurations in memory.
    pub configs_held: usize,
    /// Of manifests; `None`: this process reads none.
    pub objects_refused: Option<usize>,
}

impl PerCore {
    /// Those of one core, which alone may write them.
    #[must_use]
    pub fn core(&self, core: usize) -> &RouteStats {
        self.0[core].get_or_init(Box::default)
    }
}

impl Registry {
    /// Of a data plane with so many cores, at least one.
    #[must_use]
    pub fn new(cores: usize) -> Self {
        Self(Arc::new(Inner {
            cores: (0..cores.max(1)).map(|_| Arc::default()).collect(),
            routes: Mutex::default(),
            generation: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }))
    }

    /// How many cores there are.
    #[must_use]
    pub fn cores(&self) -> usize {
        self.0.cores.len()
    }

    /// The counters of one core, which alone may write them.
    #[must_use]
    pub fn core(&self, core: usize) -> Arc<CoreStats> {
        Arc::clone(&self.0.cores[core])
    }

    /// The counters of a route, for as long as somebody holds them.
    #[must_use]
    pub fn route(&self, name: &str) -> PerCore {
        let mut routes = self.routes();
        if let Some(known) = routes.get(name).and_then(Weak::upgrade) {
            return PerCore(known);
        }
        let new: Arc<[Slot]> = (0..self.cores()).map(|_| Slot::new()).collect();
        routes.insert(name.into(), Arc::downgrade(&new));
        PerCore(new)
    }

    /// The number of the configuration that is served; 0 before the first.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Relaxed)
    }

    /// Every core serves this configuration.
    pub fn applied(&self, generation: u64) {
        self.0.generation.store(generation, Ordering::Relaxed);
        self.routes().retain(|_, route| route.strong_count() > 0);
    }

    /// A snapshot was refused.
    pub fn refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How many snapshots were refused.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Counters of each core.
    pub fn each_core(&self) -> &[Arc<CoreStats>] {
        &self.0.cores
    }

    /// Counters of each route that a configuration names.
    pub fn living_routes(&self) -> Vec<(String, Arc<[Slot]>)> {
        let routes = self.routes();
        let living = routes.iter();
        living
            .filter_map(|(name, route)| Some((name.clone(), route.upgrade()?)))
            .collect()
    }

    fn routes(&self) -> MutexGuard<'_, BTreeMap<String, Weak<[Slot]>>> {
        self.0.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
