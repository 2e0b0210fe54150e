//! Half a million texts that are nearly pins: none is one.
//!
//! A text that decodes is refused by its key id, or by 128 bits of authentication; what is changed
//! here is drawn so that most texts get as far as that.

use std::collections::HashSet;

use limpet_dataplane::testing::{Opener, PinParts, seal_pin};

const TEXTS: u64 = 500_000;
const AAD: &[u8] = b"\0\0\0\x05scopenomnom";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Marsaglia's xorshift64: fast, and every number but 0 comes once in a period.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }
}

fn sealed() -> Vec<Vec<u8>> {
    let parts = |n: u8| -> PinParts { ([n; 12], u64::from(n / 4), 1_800_000_000) };
    (0..16)
        .map(|n| seal_pin(usize::from(n % 2), AAD, parts(n)))
        .collect()
}

/// Changes one to eight characters, or joins the parts of two pins.
fn mutate(text: &mut [u8], pins: &[Vec<u8>], random: &mut Random) {
    text.copy_from_slice(&pins[random.next() % pins.len()]);
    let kind = random.next();
    if kind.is_multiple_of(8) {
        let at = random.next() % text.len();
        text[at..].copy_from_slice(&pins[random.next() % pins.len()][at..]);
    }
    for _ in 0..=kind / 8 % 8 {
        let at = random.next() % text.len();
        text[at] = match random.next() {
            byte if byte.is_multiple_of(16) => (byte >> 8) as u8,
            byte => ALPHABET[byte / 16 % 64],
        };
    }
}

/// How many texts that are no pins were refused: all that were asked for.
fn try_texts(count: u64, seed: u64, pins: &[Vec<u8>]) -> u64 {
    let real: HashSet<&[u8]> = pins.iter().map(Vec::as_slice).collect();
    let (opener, mut random) = (Opener::default(), Random(seed));
    let mut text = pins[0].clone();
    let mut refused = 0;
    while refused < count {
        mutate(&mut text, pins, &mut random);
        match opener.open(AAD, &text) {
            None => refused += 1,
            Some(_) => assert!(real.contains(&*text), "{}", text.escape_ascii()),
        }
    }
    refused
}

#[test]
fn of_half_a_million_mutations_none_is_accepted() {
    let pins = sealed();
    assert!(
        pins.iter()
            .all(|pin| Opener::default().open(AAD, pin).is_some())
    );
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let refused: u64 = std::thread::scope(|scope| {
        let share = TEXTS.div_ceil(threads);
        let run = |thread| {
            scope.spawn({
                let pins = &pins;
                move || try_texts(share, thread + 1, pins)
            })
        };
        let runs: Vec<_> = (0..threads).map(run).collect();
        runs.into_iter()
            .map(|run| run.join().expect("no pin is accepted"))
            .sum()
    });
    assert!(refused >= TEXTS);
}
