//! The CORS filter of an HTTPRoute.

use limpet_schema::gateway_api::httproutes::HttpRouteRulesFiltersCors;
use limpet_schema::snapshot::Cors;

use super::{Unsupported, is_token, unsupported};

/// What browsers remember a preflight for where the filter does not say, as in the CRD.
const MAX_AGE_SECS: u32 = 5;

/// Reads the filter.
///
/// # Errors
/// When an origin, method or header cannot be one.
pub fn read(asked: &HttpRouteRulesFiltersCors) -> Result<Cors, Unsupported> {
    let origins = asked
        .allow_origins
        .iter()
        .flatten()
        .map(|text| origin(text));
    let max_age = asked.max_age.map(u32::try_from).transpose();
    Ok(Cors {
        origins: origins.collect::<Result<_, _>>()?,
        methods: tokens("method", asked.allow_methods.as_deref())?,
        headers: tokens("header", asked.allow_headers.as_deref())?,
        exposed: tokens("header", asked.expose_headers.as_deref())?,
        allows_credentials: asked.allow_credentials.unwrap_or_default(),
        max_age_secs: max_age
            .map_err(|_| unsupported("cors.maxAge must not be negative"))?
            .unwrap_or(MAX_AGE_SECS),
    })
}

/// `*`, or `scheme://host[:port]` whose host may begin with a star.
fn origin(text: &str) -> Result<String, Unsupported> {
    let text = text.to_ascii_lowercase();
    let is_origin = || {
        let (scheme, authority) = text.split_once("://")?;
        let host = authority.strip_prefix('*').unwrap_or(authority);
        let is_own = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let is_open =
            host.len() == authority.len() || host.is_empty() || host.starts_with(['.', ':']);
        let is_whole = !scheme.is_empty() && scheme.bytes().all(is_scheme) && !authority.is_empty();
        (is_whole && is_open && host.bytes().all(is_own)).then_some(())
    };
    if text == "*" || is_origin().is_some() {
        Ok(text)
    } else {
        Err(unsupported(format!(
            "{text:?} is no origin for cors.allowOrigins: *, scheme://host or scheme://*.domain"
        )))
    }
}

fn tokens(what: &str, texts: Option<&[String]>) -> Result<Vec<String>, Unsupported> {
    let texts = texts.unwrap_or_default().iter();
    let token = |text: &String| match is_token(text) {
        true => Ok(text.clone()),
        false => Err(unsupported(format!("{text:?} is no name of a {what}"))),
    };
    texts.map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_star_or_a_scheme_and_a_host_that_may_begin_with_one() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(origin(text).ok().as_deref(), expected, "{text}");
        };
        for good in [
            "*",
            "https://a.com",
            "http://a.com:8080",
            "https://*.a.com",
            "https://*:81",
        ] {
            check(good, Some(good));
        }
        check("HTTPS://A.com", Some("https://a.com"));
        for bad in [
            "",
            "a.com",
            "://a",
            "https://",
            "https://a.*.com",
            "https://*a.com",
            "https://a/b",
        ] {
            check(bad, None);
        }
    }
}
