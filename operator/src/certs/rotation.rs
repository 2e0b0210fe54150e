//! When what is renewed.
//!
//! An authority is renewed at two thirds of its life, in three moves that are days apart: the new
//! one is published beside the old one; once everybody has had a day to read it, leaves are signed by
//! it; once no leaf of the old one can be good any more, it is dropped.

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::authority::{
    self, AUTHORITY_DAYS, Bundle, Facts, LEAF_DAYS, Leaf, Secret, Subject, facts, midnight,
};

/// How long everybody has to read a new authority, in days: certificates are dated by the day, so
/// that it is one to two days.
const PUBLISH_DAYS: i64 = 2;

/// The names in the leaves.
#[derive(Clone, Debug)]
pub struct Names {
    /// The operator's Service.
    pub server: String,
    /// The fleet.
    pub fleet: String,
}

/// What the two Secrets, the operator's and the data planes', are to hold now; what they held comes
/// in.
///
/// # Errors
/// When the system has no randomness.
pub fn renew(
    before: Option<(&Bundle, &Bundle)>,
    names: &Names,
    now: Timestamp,
) -> Result<(Bundle, Bundle), rcgen::Error> {
    let sound = before.filter(|(operator, data_plane)| is_sound(operator, data_plane, now));
    let Some((operator, data_plane)) = sound else {
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
    let sign = |leaf: &Leaf, subject| -> Result<Leaf, rcgen::Error> {
        let known = facts(&leaf.cert_pem).expect("it is sound");
        let is_due = known.issuer != newest.subject || is_old(&known, LEAF_DAYS, now);
        match may_sign && is_due {
            true => authority::leaf(&subject, &authorities[0], &key, now),
            false => Ok(leaf.clone()),
        }
    };
    let server = sign(&operator.leaf, Subject::Server(names.server.clone()))?;
    let client = sign(&data_plane.leaf, Subject::Fleet(names.fleet.clone()))?;
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

/// Whether both are whole, belong together and can still be renewed without anybody noticing.
fn is_sound(operator: &Bundle, data_plane: &Bundle, now: Timestamp) -> bool {
    let authorities: Option<Vec<Facts>> =
        operator.authorities.iter().map(|pem| facts(pem)).collect();
    let is_known = |leaf: &Leaf, authorities: &[Facts]| {
        facts(&leaf.cert_pem).is_some_and(|leaf| {
            let mut authorities = authorities.iter();
            let signer = authorities.find(|authority| authority.subject == leaf.issuer);
            signer.is_some_and(|signer| now < leaf.until && now < signer.until)
        })
    };
    authorities.is_some_and(|authorities| {
        !authorities.is_empty()
            && !operator.authority_key.0.is_empty()
            && operator.authorities == data_plane.authorities
            && is_known(&operator.leaf, &authorities)
            && is_known(&data_plane.leaf, &authorities)
    })
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
        let (mut operator, mut data_plane) = renew(None, &names(), start).expect("made");
        let mut authorities = std::collections::BTreeSet::new();
        for day in 1..3650 {
            let now = start + days(day);
            let before = (operator.clone(), data_plane.clone());
            (operator, data_plane) =
                renew(Some((&before.0, &before.1)), &names(), now).expect("renewed");
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
        let (operator, data_plane) = renew(None, &names(), start).expect("made");
        let again = renew(Some((&operator, &data_plane)), &names(), start + days(30));
        assert_eq!(again.expect("kept"), (operator, data_plane));
    }

    #[test]
    fn what_is_damaged_or_over_is_made_anew() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (operator, data_plane) = renew(None, &names(), start).expect("made");
        let check = |operator: &Bundle, data_plane: &Bundle, now| {
            let new = renew(Some((operator, data_plane)), &names(), now).expect("made");
            assert_ne!(new.0.authorities, operator.authorities);
            assert!(trusts(&new.1, &new.0, now) && trusts(&new.0, &new.1, now));
        };
        check(&operator, &data_plane, start + days(400));
        let mut damaged = operator.clone();
        damaged.leaf.cert_pem = "garbled".to_owned();
        check(&damaged, &data_plane, start);
        let (other, _) = renew(None, &names(), start).expect("made");
        let of_another = Bundle {
            authority_key: Secret::default(),
            ..other
        };
        check(&operator, &of_another, start);
    }

    #[test]
    fn a_secret_gives_back_what_it_was_made_from_and_names_the_fleet() {
        let now: Timestamp = "2026-11-24T15:00:00Z".parse().expect("a time");
        let (operator, data_plane) = renew(None, &names(), now).expect("made");
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
