//! Spreads what no pin decides.
//!
//! Backends get their weights' shares by a sequence of points that fills the scale evenly, so that
//! a few hundred requests already show the weights. A session that must move is placed by hashes of
//! its id, so that every core and every replica moves it to the same endpoint without talking.
//!
//! The hashes are unkeyed on purpose: they must agree everywhere and after a key rotation, and a
//! client cannot choose its session's id.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::pin::SessionId;

/// The index that `point`, anywhere in `u64`, falls on when each index has its weight's share of
/// it; `None` without weight.
pub fn by_weight(weights: impl Iterator<Item = u64> + Clone, point: u64) -> Option<usize> {
    let sum: u64 = weights.clone().sum();
    if sum == 0 {
        return None;
    }
    let mut rest = ((u128::from(point) * u128::from(sum)) >> 64) as u64;
    for (index, weight) in weights.enumerate() {
        if rest < weight {
            return Some(index);
        }
        rest -= weight;
    }
    unreachable!("the rest is below the sum")
}

/// A session's point on the scale of the weights.
pub fn point(session: &SessionId) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(session);
    hasher.finish()
}

/// Rendezvous hashing: the candidate that a session prefers. When one goes, only its sessions
/// move; what they prefer next is spread evenly.
pub fn preferred<T>(session: &SessionId, candidates: impl Iterator<Item = (u64, T)>) -> Option<T> {
    candidates
        .max_by_key(|(rank, _)| score(session, *rank))
        .map(|(_, candidate)| candidate)
}

fn score(session: &SessionId, rank: u64) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(session);
    hasher.write_u64(rank);
    hasher.finish()
}

/// Points that fill the scale evenly: each step is the golden ratio of it, so that any stretch of
/// them is spread, also every second or third (Weyl's sequence).
#[derive(Debug)]
pub struct Points(u64);

impl Points {
    /// Begins anywhere.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next point.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(number: u64) -> SessionId {
        let mut session = [0; 12];
        session[..8].copy_from_slice(&number.to_be_bytes());
        session
    }

    #[test]
    fn each_weight_gets_its_share() {
        let weights = [70, 0, 30];
        let mut counts = [0_i32; 3];
        for number in 0..10_000 {
            let index = by_weight(weights.into_iter(), point(&session(number)));
            counts[index.expect("there is weight")] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((counts[0] - 7000).abs() < 300, "{counts:?}");
        assert_eq!(by_weight([0, 0].into_iter(), 7), None);
    }

    #[test]
    fn the_weights_show_within_a_point_in_500_requests_spread_over_eight_cores() {
        let mut cores: Vec<Points> = (0..8_u64)
            .map(|core| Points::new((core * core) << 58))
            .collect();
        let first = |points: &mut Points| by_weight([70, 30].into_iter(), points.draw()) == Some(0);
        let hits = (0..500)
            .filter(|request| first(&mut cores[request % 8]))
            .count();
        assert!((345..=355).contains(&hits), "{hits} of 500");
    }

    #[test]
    fn when_an_endpoint_goes_only_its_sessions_move_and_spread() {
        let keys = [11_u64, 22, 33, 44];
        let prefer = |number, gone: Option<u64>| {
            let live = keys
                .iter()
                .filter(|key| Some(**key) != gone)
                .map(|key| (*key, *key));
            preferred(&session(number), live).expect("some are live")
        };
        let mut moved_to = std::collections::BTreeMap::<u64, u32>::new();
        for number in 0..4000 {
            let (before, after) = (prefer(number, None), prefer(number, Some(22)));
            if before == 22 {
                *moved_to.entry(after).or_default() += 1;
            } else {
                assert_eq!(before, after);
            }
        }
        assert_eq!(moved_to.len(), 3);
        assert!(
            moved_to.values().all(|count| (250..420).contains(count)),
            "{moved_to:?}"
        );
    }
}
