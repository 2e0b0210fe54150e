//! Pins: no text is one but those that were sealed, each only where it was sealed for.

use std::sync::LazyLock;

use limpet_dataplane::testing::{self, Opener};

/// Scope and cookie name that the pins here are sealed for.
const AAD: &[u8] = b"\0\0\0\x05scopenomnom";

/// The only pins there are, each with what it says. The first four are also seeds.
#[must_use]
pub fn sealed() -> Vec<(Vec<u8>, testing::PinParts)> {
    let parts = |n: u8| ([n; 12], u64::from(n) << 32, 1_800_000_000 + u32::from(n));
    (0..8)
        .map(|n| {
            (
                testing::seal_pin(usize::from(n % 2), AAD, parts(n)),
                parts(n),
            )
        })
        .collect()
}

/// Judges a text that a client sent as a pin.
pub fn pin(bytes: &[u8]) {
    static SEALED: LazyLock<Vec<(Vec<u8>, testing::PinParts)>> = LazyLock::new(sealed);
    static OPENER: LazyLock<Opener> = LazyLock::new(Opener::default);
    let is_this = |(text, _): &&(Vec<u8>, _)| text == bytes;
    let expected = SEALED.iter().find(is_this).map(|(_, parts)| *parts);
    assert_eq!(OPENER.open(AAD, bytes), expected);
    assert_eq!(OPENER.open(b"another scope", bytes), None);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_four_are_seeds() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/pin");
        for (number, (text, _)) in sealed()[..4].iter().enumerate() {
            let seed = std::fs::read(format!("{folder}/sealed-{number}"));
            assert_eq!(&seed.unwrap_or_default(), text, "{}", text.escape_ascii());
        }
    }
}
