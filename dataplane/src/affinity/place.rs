//! The endpoints that a rule offers, and which of them a session gets that no pin leads.

use super::balance;
use super::pin::SessionId;
use crate::config::policy::Policy;
use crate::config::{Config, Forward};

/// Why nobody can serve a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// The rule has no backend for it: 500.
    NoBackend,
    /// The backend has no endpoint: 503.
    NoEndpoint,
    /// The session has as many requests in flight as it may have: 429.
    TooManyRequests,
}

/// An endpoint of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index in the config.
    pub endpoint: usize,
    /// Index in the rule's backends.
    pub backend: usize,
    /// Not draining, and its backend has weight.
    pub takes_new_sessions: bool,
}

/// What a rule offers, without the endpoints that refused this request.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// What is served.
    pub config: &'a Config,
    /// The rule's backends.
    pub forward: &'a Forward,
    /// Indexes of endpoints.
    pub refused: &'a [usize],
    /// The one of the rule's backends that the weights chose already.
    pub only: Option<usize>,
}

impl<'a> Offer<'a> {
    /// Everything.
    pub fn new(config: &'a Config, forward: &'a Forward) -> Self {
        Self {
            config,
            forward,
            refused: &[],
            only: None,
        }
    }

    /// What holds for its sessions.
    pub fn policy(&self) -> Option<&'a Policy> {
        match self.only {
            Some(backend) => self.forward.policy(backend),
            None => self.forward.affinity.as_ref(),
        }
    }

    /// What the backend offers that the weights choose.
    pub fn within(self, point: u64) -> Result<Self, NoChoice> {
        let (backend, _) = self.backend_at(point)?;
        Ok(Self {
            only: Some(backend),
            ..self
        })
    }

    /// Whether a pin may lead to this one of the rule's backends.
    fn is_open(&self, backend: usize) -> bool {
        self.only.is_none_or(|only| only == backend)
    }

    /// An endpoint's place, where it belongs to the rule.
    pub fn place(&self, endpoint: usize) -> Option<Place> {
        let found = self.config.endpoint(endpoint);
        let mut backends = self.forward.backends.iter().enumerate();
        let (backend, _) = backends.find(|(index, weighted)| {
            weighted.backend == Some(found.backend) && self.is_open(*index)
        })?;
        Some(Place {
            endpoint,
            backend,
            takes_new_sessions: !found.is_draining && self.forward.backends[backend].weight > 0,
        })
    }

    /// For a request without affinity: a backend by the weights, whether or not it can serve, and
    /// its endpoints in turn.
    pub fn in_turn(
        &self,
        point: u64,
        turn: impl FnOnce(usize) -> usize,
    ) -> Result<Place, NoChoice> {
        let (backend, index) = self.backend_at(point)?;
        let endpoint = self.any(index, turn(index));
        Ok(Place {
            endpoint: endpoint.ok_or(NoChoice::NoEndpoint)?,
            backend,
            takes_new_sessions: true,
        })
    }

    /// Another endpoint of the same backend that takes new sessions.
    pub fn beside(&self, asked: usize, turn: usize) -> Option<usize> {
        let ready = &self
            .config
            .backend(self.config.endpoint(asked).backend)
            .ready;
        // Without the asked one before its turn comes, or its successor would get its share too.
        let others = ready.len().saturating_sub(1).max(1);
        let from = ready.iter().position(|index| *index == asked);
        let number = from.map_or(turn, |from| from + 1 + turn % others);
        let is_other = |index: &usize| *index != asked && !self.refused.contains(index);
        in_circle(ready, number).find(is_other)
    }

    /// For a new session: a backend by the weights, whether or not it can serve.
    pub fn first(&self, session: &SessionId, point: u64) -> Result<Place, NoChoice> {
        let (backend, index) = self.backend_at(point)?;
        let endpoint = self.any(index, balance::point(session) as usize);
        let endpoint = endpoint.ok_or(NoChoice::NoEndpoint)?;
        Ok(Place {
            endpoint,
            backend,
            takes_new_sessions: !self.config.endpoint(endpoint).is_draining,
        })
    }

    /// For a session that must move: a backend by the weights of those that can serve, the same on
    /// every core and replica.
    pub fn another(&self, session: &SessionId) -> Result<Place, NoChoice> {
        let backends = self.forward.backends.iter().enumerate();
        let weights = backends.map(|(number, weighted)| {
            let can_serve = |index| self.is_open(number) && self.ready(index).next().is_some();
            let is_live = weighted.backend.is_some_and(can_serve);
            u64::from(weighted.weight) * u64::from(is_live)
        });
        let Some(backend) = balance::by_weight(weights, balance::point(session)) else {
            return self.last_resort(session);
        };
        let index = self.forward.backends[backend].backend;
        let ready = self.ready(index.expect("it can serve"));
        let endpoint = self.preferred(session, ready).expect("it can serve");
        Ok(Place {
            endpoint,
            backend,
            takes_new_sessions: true,
        })
    }

    /// Any endpoint that did not refuse: rather one that takes no new sessions than none.
    fn last_resort(&self, session: &SessionId) -> Result<Place, NoChoice> {
        let backends = self.forward.backends.iter().enumerate();
        let open = backends.filter(|(number, _)| self.is_open(*number));
        let indexes = open.filter_map(|(_, weighted)| weighted.backend);
        let all = indexes.flat_map(|index| self.endpoints(index));
        let endpoint = self.preferred(session, all).ok_or(NoChoice::NoEndpoint)?;
        let place = self.place(endpoint).expect("it is one of the rule's");
        Ok(Place {
            takes_new_sessions: false,
            ..place
        })
    }

    /// Index in the rule's backends, and in the config.
    fn backend_at(&self, point: u64) -> Result<(usize, usize), NoChoice> {
        let weights = self.forward.backends.iter().map(|w| u64::from(w.weight));
        let chosen = self.only.or_else(|| balance::by_weight(weights, point));
        let backend = chosen.ok_or(NoChoice::NoBackend)?;
        let index = self.forward.backends[backend].backend;
        Ok((backend, index.ok_or(NoChoice::NoBackend)?))
    }

    fn preferred(
        &self,
        session: &SessionId,
        endpoints: impl Iterator<Item = usize>,
    ) -> Option<usize> {
        balance::preferred(
            session,
            endpoints.map(|index| (self.config.endpoint(index).rank, index)),
        )
    }

    /// The endpoint of a backend that `number` falls on, of those that take new sessions if there are
    /// any. Of a backend with ten thousand it costs what it costs of one.
    fn any(&self, backend: usize, number: usize) -> Option<usize> {
        let is_open = |index: &usize| !self.refused.contains(index);
        let ready = in_circle(&self.config.backend(backend).ready, number).find(is_open);
        ready.or_else(|| {
            let all: Vec<usize> = self.endpoints(backend).collect();
            in_circle(&all, number).next()
        })
    }

    /// Those that take new sessions.
    fn ready(&self, backend: usize) -> impl Iterator<Item = usize> + Clone + use<'a> {
        let refused = self.refused;
        let ready = self.config.backend(backend).ready.iter().copied();
        ready.filter(move |index| !refused.contains(index))
    }

    fn endpoints(&self, backend: usize) -> impl Iterator<Item = usize> + Clone + use<'a> {
        let refused = self.refused;
        let all = self.config.backend(backend).endpoints.clone();
        all.filter(move |index| !refused.contains(index))
    }
}

/// All of them once, from the one on that `number` falls on.
fn in_circle(items: &[usize], number: usize) -> impl Iterator<Item = usize> + '_ {
    let (before, from) = items.split_at(number.checked_rem(items.len()).unwrap_or(0));
    from.iter().chain(before).copied()
}
