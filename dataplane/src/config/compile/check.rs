//! What a rule may say: the bounds that `limpet_schema::snapshot` documents.
//!
//! The translator keeps them; they are checked again because what breaks them would end up in a
//! request line or a cookie.

use limpet_schema::snapshot::{
    Action, Affinity, Filter, Forward, Mirror, PathEdit, Redirect, Rule, UrlRewrite,
};

use crate::proto::text::is_token_byte;

const WEIGHT_MAX: u32 = 1_000_000;
/// 400 days.
const COOKIE_DURATION_SECS_MAX: u32 = 34_560_000;
const COOKIE_NAME_BYTES_MAX: usize = 128;

/// Reports everything a rule may not say.
pub fn rule(rule: &Rule, mut flaw: impl FnMut(String)) {
    for filter in &rule.filters {
        if let Filter::Mirror(mirror) = filter {
            share(mirror, &mut flaw);
        }
    }
    match &rule.action {
        Action::Forward(to) => forward(to, &mut flaw),
        Action::Redirect(to) => redirect(to, &mut flaw),
    }
}

fn share(mirror: &Mirror, flaw: &mut impl FnMut(String)) {
    let Mirror {
        numerator,
        denominator,
        ..
    } = mirror;
    if *denominator == 0 || numerator > denominator {
        flaw(format!("{numerator}/{denominator} is no share of a mirror"));
    }
}

fn forward(forward: &Forward, flaw: &mut impl FnMut(String)) {
    for weighted in &forward.backends {
        if weighted.weight > WEIGHT_MAX {
            flaw(format!(
                "the weight {} is over {WEIGHT_MAX}",
                weighted.weight
            ));
        }
        if let Some(affinity) = &weighted.affinity {
            cookie(affinity, flaw);
        }
        for filter in &weighted.filters {
            if let Filter::Rewrite(UrlRewrite { hostname, path }) = filter {
                target(hostname.as_deref(), path.as_ref(), flaw);
            }
        }
    }
    if let Some(UrlRewrite { hostname, path }) = &forward.rewrite {
        target(hostname.as_deref(), path.as_ref(), flaw);
    }
    if let Some(affinity) = &forward.affinity {
        cookie(affinity, flaw);
    }
}

fn redirect(redirect: &Redirect, flaw: &mut impl FnMut(String)) {
    if !matches!(redirect.status, 301 | 302 | 303 | 307 | 308) {
        flaw(format!("{} is no status of a redirect", redirect.status));
    }
    if let Some(scheme) = redirect
        .scheme
        .as_deref()
        .filter(|s| !["http", "https"].contains(s))
    {
        flaw(format!("{scheme:?} is no scheme of a redirect"));
    }
    target(redirect.hostname.as_deref(), redirect.path.as_ref(), flaw);
}

fn target(hostname: Option<&str>, path: Option<&PathEdit>, flaw: &mut impl FnMut(String)) {
    if let Some(hostname) = hostname.filter(|name| !is_hostname(name)) {
        flaw(format!("{hostname:?} is not a hostname"));
    }
    let path = path.map(|(PathEdit::Full(path) | PathEdit::Prefix(path))| path);
    if let Some(path) = path.filter(|path| !path.bytes().all(|byte| byte.is_ascii_graphic())) {
        flaw(format!("{path:?} cannot be sent as a path"));
    }
}

fn is_hostname(name: &str) -> bool {
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !name.is_empty() && name.bytes().all(is_host)
}

fn cookie(affinity: &Affinity, flaw: &mut impl FnMut(String)) {
    let Affinity {
        cookie_name,
        cookie_duration_secs,
        cookie_path,
        ..
    } = affinity;
    if let Some(path) = cookie_path.as_ref().filter(|path| !is_cookie_path(path)) {
        flaw(format!("{path:?} is no path of a cookie"));
    }
    if !is_token(cookie_name) || cookie_name.len() > COOKIE_NAME_BYTES_MAX {
        flaw(format!(
            "{cookie_name:?} is not a cookie name: a token (RFC 6265) of 1 to \
             {COOKIE_NAME_BYTES_MAX} bytes"
        ));
    }
    if !(1..=COOKIE_DURATION_SECS_MAX).contains(cookie_duration_secs) {
        flaw(format!(
            "a cookie duration of {cookie_duration_secs} s is not within 1 and \
             {COOKIE_DURATION_SECS_MAX}"
        ));
    }
}

/// RFC 6265 4.1.1, and it must begin with a slash to count.
fn is_cookie_path(path: &str) -> bool {
    path.starts_with('/')
        && path
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte) && byte != b';')
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}
