//! How many sessions each endpoint holds, as far as this data plane has seen them.
//!
//! The truth about a session lies in the client's cookie. What is counted here is what the cores
//! remember: a session that was idle for long may be missing, and one that ended may still count.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::affinity::{Seen, SessionId};
use crate::config::Config;

/// The answer of `/sessions`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Sessions {
    /// For a reader who has not read the above.
    note: &'static str,
    /// When the session that was idle longest was last seen; seconds since 1970.
    seen_since_secs: Option<u32>,
    routes: Vec<Route>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Route {
    route: String,
    sessions: usize,
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Endpoint {
    endpoint: String,
    backend: String,
    address: std::net::SocketAddr,
    is_draining: bool,
    sessions: usize,
}

impl Sessions {
    /// Counts what the cores have seen; a session on two cores, or one that moved, counts once,
    /// where it was seen last.
    pub fn count(config: &Config, seen: Vec<Seen>) -> Self {
        let mut latest: BTreeMap<(String, SessionId), Seen> = BTreeMap::new();
        for seen in seen {
            let key = (seen.route.to_string(), seen.session);
            let is_newer = latest
                .get(&key)
                .is_none_or(|o| o.last_seen_secs <= seen.last_seen_secs);
            if is_newer {
                latest.insert(key, seen);
            }
        }
        let mut counts: BTreeMap<String, BTreeMap<u64, usize>> = BTreeMap::new();
        let seen_since_secs = latest.values().map(|seen| seen.last_seen_secs).min();
        for ((route, _), seen) in latest {
            *counts
                .entry(route)
                .or_default()
                .entry(seen.endpoint_key)
                .or_default() += 1;
        }
        let routes = counts
            .into_iter()
            .map(|(route, counts)| Route::new(config, route, &counts));
        Self {
            note: "sessions that this process has seen; the cookies of others may still be valid",
            seen_since_secs,
            routes: routes.filter(|route| route.sessions > 0).collect(),
        }
    }
}

impl Route {
    fn new(config: &Config, route: String, counts: &BTreeMap<u64, usize>) -> Self {
        let endpoints: Vec<Endpoint> = config
            .endpoints()
            .filter_map(|endpoint| {
                Some(Endpoint {
                    endpoint: endpoint.id.clone(),
                    backend: config.backend(endpoint.backend).id.clone(),
                    address: endpoint.address,
                    is_draining: endpoint.is_draining,
                    sessions: *counts.get(&endpoint.key)?,
                })
            })
            .collect();
        let sessions = endpoints.iter().map(|endpoint| endpoint.sessions).sum();
        Self {
            route,
            sessions,
            endpoints,
        }
    }
}
