//! What a running gateway serves, from its admin address.

use std::time::Duration;

use anyhow::Context;
use limpet_schema::snapshot::Snapshot;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Agent;

use super::Side;
use super::sessions::Sessions;

/// How long each of its two answers may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer may be, in bytes: ten thousand routes take a tenth of it.
const ANSWER_MAX: u64 = 256 << 20;

/// The answer of `/config`, as far as it is wanted.
#[derive(Deserialize)]
struct Config {
    snapshot: Option<Snapshot>,
}

/// The answer of `/sessions`, as far as it is wanted.
#[derive(Deserialize)]
struct Answer {
    routes: Vec<Route>,
}

#[derive(Deserialize)]
struct Route {
    route: String,
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    endpoint: String,
    sessions: usize,
}

/// Asks for its configuration and its sessions.
///
/// # Errors
/// When it does not answer, or in a form that is not ours.
pub fn ask(address: &str) -> anyhow::Result<Side> {
    let address = address.trim_end_matches('/');
    let config: Config = get(&format!("http://{address}/config"))?;
    // A gateway without a configuration knows no sessions.
    let Some(snapshot) = config.snapshot else {
        return Ok(Side::serving(Snapshot::default(), Sessions::new()));
    };
    let answer: Answer = get(&format!("http://{address}/sessions"))?;
    Ok(Side::serving(snapshot, answer.into_sessions()))
}

impl Side {
    fn serving(snapshot: Snapshot, sessions: Sessions) -> Self {
        Self {
            snapshot,
            inputs: None,
            sessions: Some(sessions),
            refusals: Vec::new(),
        }
    }
}

impl Answer {
    /// An endpoint may be in several backends of a route.
    fn into_sessions(self) -> Sessions {
        let mut sessions = Sessions::new();
        for route in self.routes {
            let of_route = sessions.entry(route.route).or_default();
            for endpoint in route.endpoints {
                let most = of_route.entry(endpoint.endpoint).or_insert(0);
                *most = endpoint.sessions.max(*most);
            }
        }
        sessions
    }
}

fn get<T: DeserializeOwned>(url: &str) -> anyhow::Result<T> {
    // It is on this machine, whatever stands in http_proxy.
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .proxy(None);
    let agent: Agent = config.build().into();
    let remedy = "--against wants the admin address of a gateway that runs on this machine";
    let answer = agent.get(url).call();
    let mut answer = answer.with_context(|| format!("GET {url}; {remedy}"))?;
    let reader = answer.body_mut().with_config().limit(ANSWER_MAX).reader();
    serde_json::from_reader(reader).with_context(|| format!("GET {url}; {remedy}"))
}
