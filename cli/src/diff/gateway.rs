//! What a running gateway serves, from its admin address.

use std::error;
use std::time::Duration;

use limpet_schema::messages;
use limpet_schema::snapshot::Snapshot;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use ureq::Agent;

use super::Side;
use super::sessions::Sessions;

/// How long each of its two answers may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer may be, in bytes: ten thousand routes take a tenth of it.
const ANSWER_MAX: u64 = 256 << 20;

/// It does not answer, or not as a gateway does.
#[derive(Debug, Error)]
#[error(
    "GET {url}: {cause}; {remedy} [{id}]",
    remedy = messages::ADMIN_UNANSWERED.remedy,
    id = messages::ADMIN_UNANSWERED.id
)]
pub struct Unanswered {
    url: String,
    cause: Box<dyn error::Error + Send + Sync>,
}

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
pub fn ask(address: &str) -> Result<Side, Unanswered> {
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

fn get<T: DeserializeOwned>(url: &str) -> Result<T, Unanswered> {
    fetch(url).map_err(|cause| Unanswered {
        url: url.to_owned(),
        cause,
    })
}

fn fetch<T: DeserializeOwned>(url: &str) -> Result<T, Box<dyn error::Error + Send + Sync>> {
    // It is on this machine, whatever stands in http_proxy.
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .proxy(None);
    let agent: Agent = config.build().into();
    let mut answer = agent.get(url).call()?;
    let reader = answer.body_mut().with_config().limit(ANSWER_MAX).reader();
    Ok(serde_json::from_reader(reader)?)
}
