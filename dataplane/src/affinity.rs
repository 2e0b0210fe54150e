//! Placeholder until affinity lands: endpoints in turn.
#![allow(missing_docs)]
use http::{HeaderMap, StatusCode};
use monoio_http::common::request::RequestHead;

use crate::config::{Config, Forward};
use crate::http::Edits;
use crate::settings::Settings;

#[derive(Clone, Debug, Default)]
pub struct Keyring;
#[derive(Debug)]
pub struct Affinity {
    next: usize,
}
#[derive(Debug)]
pub struct Choice {
    endpoint: usize,
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
        _c: &Config,
        f: &Forward,
        _h: &RequestHead,
        _n: u64,
    ) -> Result<Choice, NoChoice> {
        if f.missing {
            return Err(NoChoice::NoBackend);
        }
        if f.endpoints.is_empty() {
            return Err(NoChoice::NoEndpoint);
        }
        self.next += 1;
        Ok(Choice {
            endpoint: f.endpoints[self.next % f.endpoints.len()],
            tried: 1,
        })
    }
    pub fn refused(
        &mut self,
        _c: &Config,
        f: &Forward,
        mut choice: Choice,
    ) -> Result<Choice, NoChoice> {
        if choice.tried >= f.endpoints.len() {
            return Err(NoChoice::NoEndpoint);
        }
        self.next += 1;
        choice.tried += 1;
        choice.endpoint = f.endpoints[self.next % f.endpoints.len()];
        Ok(choice)
    }
    pub fn finish(&mut self, _choice: &Choice) {}
}
impl Choice {
    pub fn endpoint(&self) -> usize {
        self.endpoint
    }
    pub fn edits<'a>(&self, _c: &'a Config, f: &'a Forward) -> &'a Edits {
        &f.edits
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
