//! Cuts bytes into pieces, as a network may: the same bytes always in the same ways.

use std::hash::{DefaultHasher, Hasher};

/// Longer texts are not fed byte by byte, which costs the square of their length.
const SINGLE_BYTES_MAX: usize = 1024;
/// How many random ways there are.
const RANDOM_WAYS: u64 = 3;

/// Ways to cut: each byte by itself, and some that depend on the bytes alone.
pub fn ways(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut ways: Vec<Vec<&[u8]>> = (0..RANDOM_WAYS).map(|way| random(bytes, way)).collect();
    if bytes.len() <= SINGLE_BYTES_MAX {
        ways.push(bytes.chunks(1).collect());
    }
    ways
}

fn random(mut bytes: &[u8], way: u64) -> Vec<&[u8]> {
    let mut state = hash(bytes).wrapping_add(way);
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        // Many short pieces and some long ones: cuts matter near each other.
        let longest = 1 << (next(&mut state) % 10);
        let len = 1 + next(&mut state) % longest;
        let (piece, rest) = bytes.split_at(bytes.len().min(len));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Knuth's linear congruential generator: its upper bits are random enough to cut with.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_lost_and_no_piece_is_empty() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
        for len in [0, 1, 2, 1000, 3000] {
            for pieces in ways(&bytes[..len]) {
                assert_eq!(pieces.concat(), bytes[..len]);
                assert!(pieces.iter().all(|piece| !piece.is_empty()));
            }
        }
    }
}
