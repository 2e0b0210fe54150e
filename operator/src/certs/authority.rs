//! Certificates: made, read, told apart.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::ByteString;
use k8s_openapi::jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use x509_parser::prelude::{FromDer, X509Certificate};

/// How long an authority is good for, in days.
pub const AUTHORITY_DAYS: i64 = 365;

/// How long a leaf is good for, in days.
pub const LEAF_DAYS: i64 = 90;

/// A certificate with its private key; PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The certificate.
    pub cert_pem: String,
    /// Its key.
    pub key_pem: String,
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").finish_non_exhaustive()
    }
}

/// What one Secret holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The authorities that are trusted, the newest first; PEM each.
    pub authorities: Vec<String>,
    /// The newest one's key; empty in what data planes get.
    pub authority_key: Secret,
    /// What is shown.
    pub leaf: Leaf,
}

/// A text that no Debug output shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Whom a leaf is for.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A server of this name.
    Server(String),
    /// A data plane of this fleet.
    Fleet(String),
}

/// From when until when a certificate is good, and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its first moment.
    pub from: Timestamp,
    /// Its last.
    pub until: Timestamp,
    /// Who it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
}

/// Of a PEM certificate; `None` where it is none.
pub fn facts(pem: &str) -> Option<Facts> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let (_, certificate) = X509Certificate::from_der(&pem.contents).ok()?;
    let validity = certificate.validity();
    Some(Facts {
        from: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
        until: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
    })
}

/// The fleet that a data plane's certificate names.
pub fn fleet_of(der: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let mut names = names.value.general_names.iter();
    names.find_map(|name| match name {
        x509_parser::extensions::GeneralName::URI(uri) => {
            uri.strip_prefix(FLEET_URI).map(str::to_owned)
        }
        _ => None,
    })
}

/// How a data plane's certificate names its fleet.
const FLEET_URI: &str = "limpet://fleet/";

/// A new authority. Its name is its own: two of them are told apart by it.
pub fn authority(now: Timestamp) -> Result<Leaf, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = params(now, AUTHORITY_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let id: String = params.key_identifier(&key)[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("limpet-authority-{id}"));
    let certificate = params.self_signed(&key)?;
    Ok(Leaf {
        cert_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    })
}

/// A new leaf.
pub fn leaf(
    subject: &Subject,
    authority_pem: &str,
    authority_key: &Secret,
    now: Timestamp,
) -> Result<Leaf, rcgen::Error> {
    let issuer = Issuer::from_ca_cert_pem(authority_pem, KeyPair::from_pem(&authority_key.0)?)?;
    let key = KeyPair::generate()?;
    let mut params = params(now, LEAF_DAYS);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let (name, usage, san) = match subject {
        Subject::Server(name) => {
            let san = SanType::DnsName(name.as_str().try_into()?);
            ("limpet-operator", ExtendedKeyUsagePurpose::ServerAuth, san)
        }
        Subject::Fleet(fleet) => {
            let san = SanType::URI(format!("{FLEET_URI}{fleet}").as_str().try_into()?);
            ("limpet-dataplane", ExtendedKeyUsagePurpose::ClientAuth, san)
        }
    };
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![usage];
    params.subject_alt_names = vec![san];
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Leaf {
        cert_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    })
}

/// Good from the beginning of yesterday, so that a clock that is late trusts it too.
fn params(now: Timestamp, days: i64) -> CertificateParams {
    let day = |time: Timestamp| {
        let date = time.to_zoned(TimeZone::UTC).date();
        let part = |number: i8| u8::try_from(number).expect("months and days are positive");
        date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = day(now - SignedDuration::from_hours(24));
    params.not_after = day(now + SignedDuration::from_hours(24 * days));
    params
}

/// The beginning of that day.
pub fn midnight(time: Timestamp) -> Timestamp {
    let date: civil::Date = time.to_zoned(TimeZone::UTC).date();
    date.to_zoned(TimeZone::UTC)
        .map_or(time, |zoned| zoned.timestamp())
}

impl Bundle {
    /// As a Secret holds it.
    #[must_use]
    pub fn data(&self) -> BTreeMap<String, ByteString> {
        let mut data = BTreeMap::from([
            ("ca.crt", self.authorities.concat()),
            ("tls.crt", self.leaf.cert_pem.clone()),
            ("tls.key", self.leaf.key_pem.clone()),
        ]);
        if !self.authority_key.0.is_empty() {
            data.insert("ca.key", self.authority_key.0.clone());
        }
        let data = data.into_iter();
        data.map(|(name, text)| (name.to_owned(), ByteString(text.into_bytes())))
            .collect()
    }

    /// From a Secret; `None` where it is not whole.
    #[must_use]
    pub fn read(data: &BTreeMap<String, ByteString>) -> Option<Self> {
        let text = |name: &str| String::from_utf8(data.get(name)?.0.clone()).ok();
        let bundle = text("ca.crt")?;
        let end = "-----END CERTIFICATE-----\n";
        Some(Self {
            authorities: bundle.split_inclusive(end).map(str::to_owned).collect(),
            authority_key: Secret(text("ca.key").unwrap_or_default()),
            leaf: Leaf {
                cert_pem: text("tls.crt")?,
                key_pem: text("tls.key")?,
            },
        })
    }
}
