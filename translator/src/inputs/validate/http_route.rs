//! HTTPRoutes.

use limpet_schema::gateway_api::httproutes::{
    HttpRoute, HttpRouteRules, HttpRouteRulesBackendRefs, HttpRouteRulesFilters,
    HttpRouteRulesFiltersRequestRedirectPathType as RedirectType,
    HttpRouteRulesFiltersUrlRewritePathType as RewriteType, HttpRouteRulesMatches,
    HttpRouteRulesMatchesPathType, HttpRouteRulesRetry, HttpRouteRulesTimeouts,
};
use limpet_schema::problem::{Problem, Reason};
use limpet_schema::{duration, messages};

use super::{Problems, syntax};

/// The greatest weight, as in the Gateway API.
const WEIGHT_MAX: i32 = 1_000_000;

/// Judges an HTTPRoute.
pub fn http_route(route: &HttpRoute) -> Vec<Problem> {
    let mut problems = Problems::default();
    let spec = &route.spec;
    problems.judge_all(
        "spec.hostnames",
        spec.hostnames.iter().flatten(),
        syntax::host,
    );
    for (index, parent) in spec.parent_refs.iter().flatten().enumerate() {
        if let Some(port) = &parent.port {
            problems.judge(
                &format!("spec.parentRefs[{index}].port"),
                syntax::port(port),
            );
        }
    }
    for (index, rule) in spec.rules.iter().flatten().enumerate() {
        judge_rule(&mut problems, &format!("spec.rules[{index}]"), rule);
    }
    problems.0
}

fn judge_rule(problems: &mut Problems, field: &str, rule: &HttpRouteRules) {
    for (index, when) in rule.matches.iter().flatten().enumerate() {
        judge_match(problems, &format!("{field}.matches[{index}]"), when);
    }
    for (index, backend) in rule.backend_refs.iter().flatten().enumerate() {
        judge_backend(problems, &format!("{field}.backendRefs[{index}]"), backend);
    }
    judge_filters(problems, field, rule.filters.iter().flatten());
    let persistence = rule.session_persistence.as_ref();
    if let Some(text) = persistence.and_then(|asked| asked.absolute_timeout.as_ref()) {
        let field = format!("{field}.sessionPersistence.absoluteTimeout");
        problems.judge(&field, syntax::duration(text));
    }
    if let Some(retry) = &rule.retry {
        judge_retry(problems, &format!("{field}.retry"), retry);
    }
    if let Some(timeouts) = &rule.timeouts {
        let both = [
            ("request", &timeouts.request),
            ("backendRequest", &timeouts.backend_request),
        ];
        for (name, text) in both {
            if let Some(text) = text {
                problems.judge(&format!("{field}.timeouts.{name}"), syntax::duration(text));
            }
        }
        judge_order(problems, field, timeouts);
    }
}

fn judge_retry(problems: &mut Problems, field: &str, retry: &HttpRouteRulesRetry) {
    let mut range = |field: String, message: &str| {
        problems.push(
            &field,
            Reason::Invalid,
            message.to_owned(),
            &messages::FIELD_RANGE,
        );
    };
    if retry
        .attempts
        .is_some_and(|attempts| u32::try_from(attempts).is_err())
    {
        range(format!("{field}.attempts"), "must not be negative");
    }
    for (index, code) in retry.codes.iter().flatten().enumerate() {
        if !(400..=599).contains(code) {
            range(format!("{field}.codes[{index}]"), "must be 400 to 599");
        }
    }
    if let Some(text) = &retry.backoff {
        problems.judge(&format!("{field}.backoff"), syntax::duration(text));
    }
}

/// A try cannot take longer than the request that it is part of.
fn judge_order(problems: &mut Problems, field: &str, timeouts: &HttpRouteRulesTimeouts) {
    let read = |text: &Option<String>| duration::parse(text.as_deref()?).ok();
    let whole = read(&timeouts.request).filter(|whole| !whole.is_zero());
    let (Some(whole), Some(part)) = (whole, read(&timeouts.backend_request)) else {
        return;
    };
    if part > whole {
        let message = "must not be longer than timeouts.request".to_owned();
        let field = format!("{field}.timeouts.backendRequest");
        problems.push(&field, Reason::Invalid, message, &messages::FIELD_RANGE);
    }
}

fn judge_match(problems: &mut Problems, field: &str, when: &HttpRouteRulesMatches) {
    if let Some(path) = &when.path {
        let is_regex = path.r#type == Some(HttpRouteRulesMatchesPathType::RegularExpression);
        if let Some(value) = path.value.as_ref().filter(|_| !is_regex) {
            problems.judge(&format!("{field}.path.value"), syntax::path(value));
        }
    }
    for (index, header) in when.headers.iter().flatten().enumerate() {
        let field = format!("{field}.headers[{index}]");
        problems.judge(&format!("{field}.name"), syntax::header_name(&header.name));
        problems.judge(&format!("{field}.value"), syntax::some_text(&header.value));
    }
    for (index, param) in when.query_params.iter().flatten().enumerate() {
        let field = format!("{field}.queryParams[{index}]");
        problems.judge(&format!("{field}.name"), syntax::some_text(&param.name));
        problems.judge(&format!("{field}.value"), syntax::some_text(&param.value));
    }
}

fn judge_backend(problems: &mut Problems, field: &str, backend: &HttpRouteRulesBackendRefs) {
    if let Some(port) = &backend.port {
        problems.judge(&format!("{field}.port"), syntax::port(port));
    }
    if backend
        .weight
        .is_some_and(|weight| !(0..=WEIGHT_MAX).contains(&weight))
    {
        let message = format!("must be 0 to {WEIGHT_MAX}");
        let field = format!("{field}.weight");
        problems.push(&field, Reason::Invalid, message, &messages::FIELD_RANGE);
    }
}

fn judge_filters<'a>(
    problems: &mut Problems,
    field: &str,
    filters: impl Iterator<Item = &'a HttpRouteRulesFilters>,
) {
    for (index, filter) in filters.enumerate() {
        let field = format!("{field}.filters[{index}]");
        let hosts = [
            (
                "urlRewrite",
                filter
                    .url_rewrite
                    .as_ref()
                    .and_then(|f| f.hostname.as_ref()),
            ),
            (
                "requestRedirect",
                filter
                    .request_redirect
                    .as_ref()
                    .and_then(|f| f.hostname.as_ref()),
            ),
        ];
        for (name, host) in hosts {
            if let Some(host) = host {
                problems.judge(
                    &format!("{field}.{name}.hostname"),
                    syntax::exact_host(host),
                );
            }
        }
        judge_new_paths(problems, &field, filter);
        judge_union(problems, &field, filter);
        if let Some(port) = filter
            .request_redirect
            .as_ref()
            .and_then(|f| f.port.as_ref())
        {
            problems.judge(&format!("{field}.requestRedirect.port"), syntax::port(port));
        }
    }
}

/// What a new path's type asks for must be there.
fn judge_union(problems: &mut Problems, field: &str, filter: &HttpRouteRulesFilters) {
    let rewrite = filter.url_rewrite.as_ref().and_then(|f| f.path.as_ref());
    let rewrite = rewrite.map(|path| match path.r#type {
        RewriteType::ReplaceFullPath => ("replaceFullPath", path.replace_full_path.is_some()),
        RewriteType::ReplacePrefixMatch => {
            ("replacePrefixMatch", path.replace_prefix_match.is_some())
        }
    });
    let redirect = filter.request_redirect.as_ref();
    let redirect = redirect
        .and_then(|f| f.path.as_ref())
        .map(|path| match path.r#type {
            RedirectType::ReplaceFullPath => ("replaceFullPath", path.replace_full_path.is_some()),
            RedirectType::ReplacePrefixMatch => {
                ("replacePrefixMatch", path.replace_prefix_match.is_some())
            }
        });
    for (name, path) in [("urlRewrite", rewrite), ("requestRedirect", redirect)] {
        if let Some((wanted, false)) = path {
            problems.required(&format!("{field}.{name}.path.{wanted}"));
        }
    }
}

fn judge_new_paths(problems: &mut Problems, field: &str, filter: &HttpRouteRulesFilters) {
    let rewrite = filter.url_rewrite.as_ref().and_then(|f| f.path.as_ref());
    let redirect = filter
        .request_redirect
        .as_ref()
        .and_then(|f| f.path.as_ref());
    let new_paths = [
        (
            "urlRewrite.path.replaceFullPath",
            rewrite.and_then(|p| p.replace_full_path.as_ref()),
        ),
        (
            "urlRewrite.path.replacePrefixMatch",
            rewrite.and_then(|p| p.replace_prefix_match.as_ref()),
        ),
        (
            "requestRedirect.path.replaceFullPath",
            redirect.and_then(|p| p.replace_full_path.as_ref()),
        ),
        (
            "requestRedirect.path.replacePrefixMatch",
            redirect.and_then(|p| p.replace_prefix_match.as_ref()),
        ),
    ];
    for (name, path) in new_paths {
        if let Some(path) = path {
            problems.judge(&format!("{field}.{name}"), syntax::new_path(path));
        }
    }
}
