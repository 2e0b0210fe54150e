//! The goals: ratios of CPU per request within one round.

use serde::Serialize;

use super::{Case, Sample};
use crate::median::median;
use crate::peers::Peer;
use crate::range::Range;

/// What Limpet may cost, as a multiple of another peer.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    case: Case,
    ours: Peer,
    other: Peer,
    at_most: f64,
}

/// A goal beside what was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    pub workers: usize,
    pub case: Case,
    pub ours: Peer,
    pub other: Peer,
    pub at_most: f64,
    /// The median over the rounds.
    pub ratio: f64,
    /// Of the rounds.
    pub range: Range,
    pub is_met: bool,
}

const GOALS: [Goal; 15] = [
    goal(Case::PinnedSmall, Peer::Limpet, Peer::Relay, 1.05),
    goal(Case::PinnedSmall, Peer::LimpetEpoll, Peer::RelayEpoll, 1.12),
    goal(Case::PinnedSmall, Peer::Limpet, Peer::Haproxy, 0.72),
    goal(Case::PinnedSmall, Peer::LimpetEpoll, Peer::Haproxy, 0.82),
    goal(Case::PinnedSmall, Peer::Limpet, Peer::Envoy, 0.42),
    goal(Case::PinnedSmall, Peer::LimpetEpoll, Peer::Envoy, 0.42),
    goal(Case::PinnedLarge, Peer::Limpet, Peer::Haproxy, 0.68),
    goal(Case::PinnedLarge, Peer::LimpetEpoll, Peer::Haproxy, 0.75),
    goal(Case::ConnectSmall, Peer::Limpet, Peer::Haproxy, 0.95),
    goal(Case::ConnectSmall, Peer::LimpetEpoll, Peer::Haproxy, 1.00),
    goal(Case::TlsSmall, Peer::Limpet, Peer::Haproxy, 0.70),
    goal(Case::TlsSmall, Peer::LimpetEpoll, Peer::Haproxy, 0.80),
    goal(Case::TlsHandshakeSmall, Peer::Limpet, Peer::Haproxy, 0.60),
    goal(
        Case::TlsHandshakeSmall,
        Peer::LimpetEpoll,
        Peer::Haproxy,
        0.60,
    ),
    goal(Case::PinnedSmall, Peer::LimpetObserved, Peer::Limpet, 1.05),
];

const fn goal(case: Case, ours: Peer, other: Peer, at_most: f64) -> Goal {
    Goal {
        case,
        ours,
        other,
        at_most,
    }
}

/// Judges every goal whose two peers were measured, for each number of workers.
pub fn verdicts(samples: &[Sample]) -> Vec<Verdict> {
    let mut workers: Vec<usize> = samples.iter().map(|sample| sample.workers).collect();
    workers.sort_unstable();
    workers.dedup();
    let judged = workers.iter().flat_map(|workers| {
        GOALS
            .iter()
            .filter_map(|goal| goal.judge(*workers, samples))
    });
    judged.collect()
}

impl Goal {
    fn judge(&self, workers: usize, samples: &[Sample]) -> Option<Verdict> {
        let ratios = ratios(workers, self.case, self.ours, self.other, samples);
        let ratio = median(ratios.iter().copied())?;
        Some(Verdict {
            workers,
            case: self.case,
            ours: self.ours,
            other: self.other,
            at_most: self.at_most,
            ratio,
            range: Range::of(ratios)?,
            is_met: ratio <= self.at_most,
        })
    }
}

/// CPU per request of `ours` over that of `other`, in each round with both.
fn ratios(workers: usize, case: Case, ours: Peer, other: Peer, samples: &[Sample]) -> Vec<f64> {
    let of = |peer| {
        samples.iter().filter(move |sample| {
            (sample.workers, sample.case, sample.peer) == (workers, case, peer)
        })
    };
    let ratio = |ours: &Sample| {
        let other = of(other).find(|other| other.round == ours.round)?;
        Some(ours.micros() / other.micros())
    };
    of(ours).filter_map(ratio).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speed::report::tests::sample;

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        // The second round ran on a machine twice as slow.
        let samples = [
            sample(1, Peer::Limpet, 11.0),
            sample(1, Peer::Relay, 10.0),
            sample(2, Peer::Limpet, 23.0),
            sample(2, Peer::Relay, 20.0),
        ];
        let verdicts = verdicts(&samples);
        assert_eq!(verdicts.len(), 1);
        assert!((verdicts[0].ratio - 1.125).abs() < 1e-9);
        assert_eq!(verdicts[0].range.to_string(), "1.10..1.15");
    }

    #[test]
    fn a_goal_without_its_peer_is_not_judged() {
        assert_eq!(verdicts(&[sample(1, Peer::Limpet, 1.0)]), []);
    }
}
