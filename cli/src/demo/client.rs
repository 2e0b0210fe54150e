//! The demo's client: one request, one new connection.

use anyhow::Context;
use ureq::Agent;

use super::backend::Echo;

/// What came back.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The `Set-Cookie` field, whole.
    pub set_cookie: Option<String>,
    /// What the pod answered.
    pub echo: Echo,
}

impl Reply {
    /// The cookie as a client sends it back: `NAME=VALUE`.
    pub fn cookie(&self) -> Option<&str> {
        self.set_cookie.as_deref()?.split(';').next()
    }
}

/// A client without a connection pool.
pub struct Client(Agent);

impl Client {
    /// Makes one.
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .max_idle_connections(0)
            .http_status_as_error(false)
            .timeout_global(Some(std::time::Duration::from_secs(10)));
        Self(config.build().into())
    }

    /// Sends one request, with the cookie where there is one.
    pub fn get(&self, url: &str, cookie: Option<&str>) -> anyhow::Result<Reply> {
        let mut request = self.0.get(url);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let mut response = request.call().with_context(|| format!("GET {url}"))?;
        let set_cookie = response.headers().get("set-cookie");
        let set_cookie = set_cookie
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = response.body_mut().read_to_string()?;
        let echo = serde_json::from_str(&body).with_context(|| {
            format!(
                "GET {url}: {}: not a demo backend's answer: {body}",
                response.status()
            )
        })?;
        Ok(Reply {
            status: response.status().as_u16(),
            set_cookie,
            echo,
        })
    }
}
