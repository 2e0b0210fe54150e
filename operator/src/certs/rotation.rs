//! When what is renewed.
//!
//! An authority is renewed at two thirds of its life, in three moves that are days apart: the new
//! one is published beside the old one; once everybody has had a day to read it, leaves are signed by
//! it; once no leaf of the old one can be good any more, it is dropped.

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::authority::{
    self, AUTHORITY_DAYS, Bundle, Facts, LEAF_DAYS, Leaf, Secret, Subject, facts, midnight,
};

/// How long everybody has to read a new authority, in days from its date, which is that of the day
/// before: one to two days.
const PUBLISH_DAYS: i64 = 3;

/// The names in the leaves.
#[derive(Clone, Debug)]
pub struct Names {
    /// The operator's Service.
    pub server: String,
    /// The fleet.
    pub fleet: String,
}

/// What the two Secrets, the operator's and the data planes', are to hold now; what they held comes
/// in. Of the two the operator's counts: what the data planes' lacks is made from it.
///
/// # Errors
/// When the system has no randomness.
pub fn renew(
    operator: Option<&Bundle>,
    data_plane: Option<&Bundle>,
    names: &Names,
    now: Timestamp,
) -> Result<(Bundle, Bundle), rcgen::Error> {
    let Some(operator) = operator.filter(|bundle| is_sound(bundle, now)) else {
        return first(names, now);
    };
    let mut authorities = operator.authorities.clone();
    let mut key = operator.authority_key.clone();
    let newest = facts(&authorities[0]).expect("it is sound");
    if is_old(&newest, AUTHORITY_DAYS, now) {
        let new = authority::authority(now)?;
        authorities.insert(0, new.cert_pem);
        key = Secret(new.key_pem);
    } else if now >= newest.from + days(PUBLISH_DAYS + LEAF_DAYS) {
        authorities.truncate(1);
    }
    let newest = facts(&authorities[0]).expect("it was made or is sound");
    let may_sign = authorities.len() == 1 || now >= newest.from + days(PUBLISH_DAYS);
    let sign = |leaf: Option<&Leaf>, subject| -> Result<Leaf, rcgen::Error> {
        let good = leaf.filter(|leaf| is_good(leaf, &authorities, now));
        let kept = good.filter(|leaf| {
            let known = facts(&leaf.cert_pem).expect("it is good");
            let is_due = known.issuer != newest.subject || is_old(&known, LEAF_DAYS, now);
            !(may_sign && is_due)
        });
        match kept {
            Some(leaf) => Ok(leaf.clone()),
            None => authority::leaf(&subject, &authorities[0], &key, now),
        }
    };
    let server = sign(Some(&operator.leaf), Subject::Server(names.server.clone()))?;
    let client = data_plane.map(|bundle| &bundle.leaf);
    let client = sign(client, Subject::Fleet(names.fleet.clone()))?;
    Ok(pair(authorities, key, server, client))
}

fn first(names: &Names, now: Timestamp) -> Result<(Bundle, Bundle), rcgen::Error> {
    let new = authority::authority(now)?;
    let key = Secret(new.key_pem);
    let leaf = |subject| authority::leaf(&subject, &new.cert_pem, &key, now);
    let server = leaf(Subject::Server(names.server.clone()))?;
    let client = leaf(Subject::Fleet(names.fleet.clone()))?;
    Ok(pair(
        vec![new.cert_pem.clone()],
        key.clone(),
        server,
        client,
    ))
}

fn pair(authorities: Vec<String>, key: Secret, server: Leaf, client: Leaf) -> (Bundle, Bundle) {
    let operator = Bundle {
        authorities: authorities.clone(),
        authority_key: key,
        leaf: server,
    };
    let data_plane = Bundle {
        authorities,
        authority_key: Secret::default(),
        leaf: client,
    };
    (operator, data_plane)
}

/// Whether it is whole and can still be renewed without anybody noticing.
fn is_sound(operator: &Bundle, now: Timestamp) -> bool {
    let mut authorities = operator.authorities.iter();
    !operator.authorities.is_empty()
        && authorities.all(|pem| facts(pem).is_some())
        && !operator.authority_key.0.is_empty()
        && is_good(&operator.leaf, &operator.authorities, now)
}

/// Whether whoever trusts these authorities trusts the leaf now.
fn is_good(leaf: &Leaf, authorities: &[String], now: Timestamp) -> bool {
    let Some(leaf) = facts(&leaf.cert_pem) else {
        return false;
    };
    let mut authorities = authorities.iter().filter_map(|pem| facts(pem));
    let signer = authorities.find(|authority| authority.subject == leaf.issuer);
    signer.is_some_and(|signer| now < leaf.until && now < signer.until)
}

fn is_old(known: &Facts, life_days: i64, now: Timestamp) -> bool {
    midnight(now) >= known.from + days(life_days * 2 / 3)
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            server: "limpet-operator.limpet-system.svc".to_owned(),
            fleet: "default".to_owned(),
        }
    }

    /// Whether somebody who read `reader` trusts what `shown` shows.
    fn trusts(reader: &Bundle, shown: &Bundle, now: Timestamp) -> bool {
        let leaf = facts(&shown.leaf.cert_pem).expect("a certificate");
        let trusted = reader
            .authorities
            .iter()
            .map(|pem| facts(pem).expect("a certificate"));
        let mut trusted =
            trusted.filter(|authority| authority.from <= now && now < authority.until);
        leaf.from <= now
            && now < leaf.until
            && trusted.any(|authority| authority.subject == leaf.issuer)
    }

    #[test]
    fn for_ten_years_whoever_read_yesterdays_secret_trusts_todays_and_the_other_way_round() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (mut operator, mut data_plane) = renew(None, None, &names(), start).expect("made");
        let mut authorities = std::collections::BTreeSet::new();
        for day in 1..3650 {
            let now = start + days(day);
            let before = (operator.clone(), data_plane.clone());
            (operator, data_plane) =
                renew(Some(&before.0), Some(&before.1), &names(), now).expect("renewed");
            assert!(trusts(&before.1, &operator, now), "day {day}: the stream");
            assert!(
                trusts(&data_plane, &before.0, now),
                "day {day}: an old operator"
            );
            assert!(
                trusts(&before.0, &data_plane, now),
                "day {day}: a data plane"
            );
            assert!(operator.authorities.len() <= 2);
            authorities.insert(operator.authorities[0].clone());
        }
        assert!(
            (10..20).contains(&authorities.len()),
            "{}",
            authorities.len()
        );
    }

    #[test]
    fn what_is_good_stays_as_it_is() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (operator, data_plane) = renew(None, None, &names(), start).expect("made");
        let again = renew(
            Some(&operator),
            Some(&data_plane),
            &names(),
            start + days(30),
        );
        assert_eq!(again.expect("kept"), (operator, data_plane));
    }

    #[test]
    fn what_is_damaged_or_over_is_made_anew() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (operator, data_plane) = renew(None, None, &names(), start).expect("made");
        let check = |operator: &Bundle, data_plane: &Bundle, now| {
            let new = renew(Some(operator), Some(data_plane), &names(), now).expect("made");
            assert_ne!(new.0.authorities, operator.authorities);
            assert!(trusts(&new.1, &new.0, now) && trusts(&new.0, &new.1, now));
        };
        check(&operator, &data_plane, start + days(400));
        let mut damaged = operator.clone();
        damaged.leaf.cert_pem = "garbled".to_owned();
        check(&damaged, &data_plane, start);
    }

    #[test]
    fn a_data_planes_secret_that_lacks_something_is_made_from_the_operators() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (operator, _) = renew(None, None, &names(), start).expect("made");
        let (_, of_another) = renew(None, None, &names(), start).expect("made");
        for data_plane in [None, Some(&of_another)] {
            let new = renew(Some(&operator), data_plane, &names(), start).expect("made");
            assert_eq!(new.0, operator, "who trusts it goes on doing so");
            assert!(trusts(&new.1, &operator, start) && trusts(&operator, &new.1, start));
        }
    }

    #[test]
    fn what_one_write_of_two_left_undone_the_next_round_does() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let mut before = renew(None, None, &names(), start).expect("made");
        for day in 1..365 {
            let now = start + days(day);
            let due = renew(Some(&before.0), Some(&before.1), &names(), now).expect("renewed");
            let again = renew(Some(&due.0), Some(&before.1), &names(), now).expect("renewed");
            assert_eq!(again.0, due.0, "day {day}");
            assert_eq!(again.1.authorities, due.1.authorities, "day {day}");
            assert!(trusts(&again.0, &again.1, now) && trusts(&before.1, &due.0, now));
            before = due;
        }
    }

    #[test]
    fn a_secret_gives_back_what_it_was_made_from_and_names_the_fleet() {
        let now: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (operator, data_plane) = renew(None, None, &names(), now).expect("made");
        for bundle in [operator, data_plane.clone()] {
            assert_eq!(Bundle::read(&bundle.data()), Some(bundle));
        }
        let pem = x509_parser::pem::parse_x509_pem(data_plane.leaf.cert_pem.as_bytes());
        let (_, pem) = pem.expect("PEM");
        assert_eq!(
            authority::fleet_of(&pem.contents).as_deref(),
            Some("default")
        );
        assert!(!format!("{data_plane:?}").contains("PRIVATE"));
    }
}
