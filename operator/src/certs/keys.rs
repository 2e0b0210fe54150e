//! The affinity keys' Secret: the text that data planes read, and when it was renewed.
//!
//! Two keys are accepted at a time, and the first seals. A new one is accepted for a day before it
//! seals, so that no data plane meets a pin that it cannot open.

use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// How long a key seals new pins, in days: as long as a session can last at most, since the key
/// before it goes when the next one comes.
pub const KEY_DAYS: i64 = 400;

/// How long a new key is only accepted, in days.
pub const PUBLISH_DAYS: i64 = 1;

/// Key ids share a byte with the pin's version.
const KEY_IDS: u8 = 16;

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
        |days: i64| rotated.is_some_and(|then| now >= then + SignedDuration::from_hours(24 * days));
    let mut keys = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (sealing, other) = (keys.next()?, keys.next());
    let next = (id(sealing)? + 1) % KEY_IDS;
    match other.filter(|other| id(other) == Some(next)) {
        Some(published) => is_due(PUBLISH_DAYS).then(|| format!("{published}\n{sealing}\n")),
        None => is_due(KEY_DAYS).then(|| format!("{sealing}\n{next} {}\n", random())),
    }
}

fn id(key: &str) -> Option<u8> {
    let id = key.split(' ').next()?.parse().ok()?;
    (id < KEY_IDS).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        start + SignedDuration::from_hours(24 * day)
    }

    fn renewed(text: &str, since: i64, now: i64, new: &str) -> Option<String> {
        renew(Some((text, Some(day(since)))), day(now), || new.to_owned())
    }

    #[test]
    fn a_new_key_is_accepted_for_a_day_before_it_seals() {
        let first = renew(None, day(0), || "a".to_owned()).expect("the first");
        assert_eq!(first, "0 a\n");
        assert_eq!(renewed(&first, 0, 399, "b"), None);
        let published = renewed(&first, 0, 400, "b").expect("due");
        assert_eq!(published, "0 a\n1 b\n");
        assert_eq!(renewed(&published, 400, 400, "c"), None);
        let sealing = renewed(&published, 400, 401, "c").expect("due");
        assert_eq!(sealing, "1 b\n0 a\n");
        assert_eq!(renewed(&sealing, 401, 800, "c"), None);
        let next = renewed(&sealing, 401, 801, "c").expect("due");
        assert_eq!(next, "1 b\n2 c\n");
    }

    #[test]
    fn a_pin_is_opened_for_as_long_as_a_session_can_last() {
        let (mut text, mut since) = ("0 0\n".to_owned(), 0);
        let mut sealed = std::collections::BTreeMap::new();
        for now in 0..4000 {
            if let Some(new) = renewed(&text, since, now, &now.to_string()) {
                (text, since) = (new, now);
            }
            let sealing = text.lines().next().expect("a key").to_owned();
            sealed.insert(sealing, now);
            for (key, last) in &sealed {
                assert!(
                    now - last >= 400 || text.contains(key.as_str()),
                    "day {now}: {key}"
                );
            }
        }
        assert!(sealed.len() > 5);
    }

    #[test]
    fn ids_begin_again_after_the_last() {
        assert_eq!(
            renewed("15 z\n14 y\n", 0, 400, "a").as_deref(),
            Some("15 z\n0 a\n")
        );
        assert_eq!(
            renewed("15 z\n0 a\n", 0, 1, "b").as_deref(),
            Some("0 a\n15 z\n")
        );
    }

    #[test]
    fn keys_that_somebody_put_there_stay() {
        assert_eq!(renew(Some(("7 mine\n", None)), day(0), String::new), None);
    }
}
