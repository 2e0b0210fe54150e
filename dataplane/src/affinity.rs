//! Placeholder until affinity lands: endpoints in turn.
#![allow(missing_docs)]
use http::{HeaderMap, StatusCode};
use monoio_http::common::request::RequestHead;

use crate::config::{Config, Forward};
use crate::http::Edits;
use crate::settings::Settings;

#[derive(Clone, Debug, Default)]
pub struct Keyring;
impl Keyring {
    pub fn tags(&self, _endpoint_id: &str) -> impl Iterator<Item = u64> {
        std::iter::empty()
    }
}
pub fn aad(_scope: &str, _cookie_name: &str) -> Vec<u8> {
    Vec::new()
}
#[derive(Debug)]
pub struct Affinity {
    next: usize,
}
#[derive(Debug)]
pub struct Choice {
    endpoint: usize,
    weighted: usize,
    tried: usize,
}
#[derive(Debug)]
pub enum NoChoice {
    NoBackend,
    NoEndpoint,
    TooManyRequests,
}
impl Affinity {
    pub fn new(_core: usize, _settings: &Settings) -> Self {
        Self { next: 0 }
    }
    pub fn choose(
        &mut self,
        c: &Config,
        f: &Forward,
        _h: &RequestHead,
        _n: u64,
    ) -> Result<Choice, NoChoice> {
        if f.weight_sum == 0 || f.backends.iter().any(|b| b.backend.is_none()) {
            return Err(NoChoice::NoBackend);
        }
        self.choice(c, f, 1)
    }
    pub fn refused(&mut self, c: &Config, f: &Forward, choice: Choice) -> Result<Choice, NoChoice> {
        self.choice(c, f, choice.tried + 1)
    }
    pub fn finish(&mut self, _choice: &Choice) {}
    fn choice(&mut self, c: &Config, f: &Forward, tried: usize) -> Result<Choice, NoChoice> {
        let all: Vec<(usize, usize)> = f
            .backends
            .iter()
            .enumerate()
            .filter_map(|(i, b)| b.backend.map(|b| (i, b)))
            .flat_map(|(i, b)| c.backend(b).endpoints.clone().map(move |e| (i, e)))
            .collect();
        if tried > all.len() {
            return Err(NoChoice::NoEndpoint);
        }
        self.next += 1;
        let (weighted, endpoint) = all[self.next % all.len()];
        Ok(Choice {
            endpoint,
            weighted,
            tried,
        })
    }
}
impl Choice {
    pub fn endpoint(&self) -> usize {
        self.endpoint
    }
    pub fn edits<'a>(&self, _c: &'a Config, f: &'a Forward) -> &'a Edits {
        &f.backends[self.weighted].edits
    }
    #[allow(clippy::too_many_arguments)]
    pub fn finish_response(
        &self,
        _c: &Config,
        _f: &Forward,
        _h: &RequestHead,
        _s: StatusCode,
        _hs: &mut HeaderMap,
        _tls: bool,
        _n: u64,
    ) {
    }
}
