//! The affinity keys' Secret: the text that data planes read, and when it was renewed.

use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// How long a key seals new pins, in days. The one before it is accepted as long again, which is
/// how long a session can last at most between two renewals.
pub const KEY_DAYS: i64 = 30;

/// The annotation that says when.
pub const ROTATED_AT: &str = "limpet.dev/rotated-at";

/// The field of the Secret.
pub const FIELD: &str = "affinity.key";

/// The text after a renewal that is due; `None`: none is. `random` gives 32 bytes.
pub fn renew(
    before: Option<(&str, Option<Timestamp>)>,
    now: Timestamp,
    random: impl FnOnce() -> String,
) -> Option<String> {
    let Some((text, rotated)) = before.filter(|(text, _)| !text.trim().is_empty()) else {
        return Some(format!("0 {}\n", random()));
    };
    let is_due =
        rotated.is_some_and(|then| now >= then + SignedDuration::from_hours(24 * KEY_DAYS));
    if !is_due {
        return None;
    }
    let sealing = text
        .lines()
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let id: u8 = sealing.split(' ').next()?.parse().ok()?;
    Some(format!("{} {}\n{sealing}\n", (id + 1) % 16, random()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_before_stays_beside_the_new_one_and_no_other() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let first = renew(None, start, || "a".to_owned()).expect("the first");
        assert_eq!(first, "0 a\n");
        let later = |days: i64| start + SignedDuration::from_hours(24 * days);
        let renew = |text, days, new: &str| {
            renew(Some((text, Some(start))), later(days), || new.to_owned())
        };
        assert_eq!(renew(&first, 29, "b"), None);
        let second = renew(&first, 30, "b").expect("due");
        assert_eq!(second, "1 b\n0 a\n");
        assert_eq!(renew(&second, 30, "c").as_deref(), Some("2 c\n1 b\n"));
        assert_eq!(renew("15 z\n", 30, "y").as_deref(), Some("0 y\n15 z\n"));
    }

    #[test]
    fn keys_that_somebody_put_there_stay() {
        let now: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        assert_eq!(renew(Some(("7 mine\n", None)), now, String::new), None);
    }
}
