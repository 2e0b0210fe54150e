//! Filters: changes to requests and responses. HTTPRoutes and IngressExtensions write them alike.

mod cors;
pub mod mirror;

use limpet_schema::api::{
    HeaderFilter, PathModifier, PathModifierType, RequestRedirect, RequestRedirectScheme,
};
use limpet_schema::gateway_api::httproutes::{
    HttpRouteRulesFiltersCors, HttpRouteRulesFiltersRequestMirror,
};
use limpet_schema::messages;
use limpet_schema::snapshot::{
    Filter, HeaderEdit, HeaderField, PathEdit, PathMatch, Redirect, UrlRewrite,
};
use serde::{Deserialize, Serialize};

use super::rule::Unsupported;

/// Headers that frame the message or name its target: an edit of them would make one message two.
const RESERVED: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A filter of an HTTPRoute, of a rule or of a backendRef.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RouteFilter {
    r#type: String,
    request_header_modifier: Option<HeaderFilter>,
    response_header_modifier: Option<HeaderFilter>,
    url_rewrite: Option<limpet_schema::api::UrlRewrite>,
    request_redirect: Option<RequestRedirect>,
    cors: Option<HttpRouteRulesFiltersCors>,
    request_mirror: Option<HttpRouteRulesFiltersRequestMirror>,
}

/// What a rule's filters come to.
#[derive(Default)]
pub struct Filters {
    /// What is done to heads, in order.
    pub edits: Vec<Filter>,
    /// Where the forwarded request points.
    pub rewrite: Option<UrlRewrite>,
    /// The answer, instead of forwarding.
    pub redirect: Option<Redirect>,
    /// Who gets copies, with the index of the filter.
    pub mirrors: Vec<(usize, HttpRouteRulesFiltersRequestMirror)>,
}

impl Filters {
    /// Reads an HTTPRoute's filters; `paths` are those of the rule's matches.
    ///
    /// # Errors
    /// When there is one that is not done here.
    pub fn read<F: Serialize>(filters: &[F], paths: &[&PathMatch]) -> Result<Self, Unsupported> {
        let mut read = Self::default();
        for (index, filter) in filters.iter().enumerate() {
            let json = serde_json::to_value(filter).expect("a manifest is JSON");
            let filter: RouteFilter = serde_json::from_value(json)
                .map_err(|error| unsupported(format!("a filter cannot be read: {error}")))?;
            read.add(index, filter, paths)?;
        }
        if read.rewrite.is_some() && read.redirect.is_some() {
            return Err(unsupported(
                "URLRewrite and RequestRedirect exclude each other",
            ));
        }
        Ok(read)
    }

    fn add(
        &mut self,
        index: usize,
        filter: RouteFilter,
        paths: &[&PathMatch],
    ) -> Result<(), Unsupported> {
        match filter {
            RouteFilter {
                r#type,
                request_header_modifier: Some(edit),
                ..
            } if r#type == "RequestHeaderModifier" => {
                self.edits.push(Filter::RequestHeaders(header_edit(&edit)?));
            }
            RouteFilter {
                r#type,
                response_header_modifier: Some(edit),
                ..
            } if r#type == "ResponseHeaderModifier" => {
                self.edits
                    .push(Filter::ResponseHeaders(header_edit(&edit)?));
            }
            RouteFilter {
                r#type,
                url_rewrite: Some(edit),
                ..
            } if r#type == "URLRewrite" && self.rewrite.is_none() => {
                self.rewrite = Some(rewrite(&edit, paths)?);
            }
            RouteFilter {
                r#type,
                request_redirect: Some(to),
                ..
            } if r#type == "RequestRedirect" && self.redirect.is_none() => {
                self.redirect = Some(redirect(&to, paths)?);
            }
            RouteFilter {
                r#type,
                cors: Some(asked),
                ..
            } if r#type == "CORS" && !self.has_cors() => {
                self.edits.push(Filter::Cors(cors::read(&asked)?));
            }
            RouteFilter {
                r#type,
                request_mirror: Some(mirror),
                ..
            } if r#type == "RequestMirror" => self.mirrors.push((index, mirror)),
            RouteFilter { r#type, .. } => {
                return Err(unsupported(format!(
                    "the filter {type} is not supported, given twice, or lacks its settings"
                )));
            }
        }
        Ok(())
    }
}

impl Filters {
    /// Whether one of them is about CORS.
    pub fn has_cors(&self) -> bool {
        let is_cors = |filter: &Filter| matches!(filter, Filter::Cors(_));
        self.edits.iter().any(is_cors)
    }
}

/// Reads header edits.
///
/// # Errors
/// When a name or value cannot be in a header, or the header is not to be edited.
pub fn header_edit(filter: &HeaderFilter) -> Result<HeaderEdit, Unsupported> {
    let fields = |headers: &[limpet_schema::api::Header]| {
        let field = |header: &limpet_schema::api::Header| {
            let name = header_name(&header.name)?;
            Ok(HeaderField {
                name,
                value: header_value(&header.value)?,
            })
        };
        headers.iter().map(field).collect::<Result<Vec<_>, _>>()
    };
    Ok(HeaderEdit {
        set: fields(&filter.set)?,
        add: fields(&filter.add)?,
        remove: filter
            .remove
            .iter()
            .map(|name| header_name(name))
            .collect::<Result<_, _>>()?,
    })
}

/// Reads a URL rewrite.
///
/// # Errors
/// When the path is none, or its prefix is replaced under a match that is no prefix.
pub fn rewrite(
    rewrite: &limpet_schema::api::UrlRewrite,
    paths: &[&PathMatch],
) -> Result<UrlRewrite, Unsupported> {
    let path = rewrite
        .path
        .as_ref()
        .map(|path| path_edit(path, paths))
        .transpose()?;
    Ok(UrlRewrite {
        hostname: rewrite.hostname.clone(),
        path,
    })
}

/// Reads a redirect.
///
/// # Errors
/// As [`rewrite`], or when the status is none of a redirect.
pub fn redirect(to: &RequestRedirect, paths: &[&PathMatch]) -> Result<Redirect, Unsupported> {
    let status = to.status_code.unwrap_or(302);
    if ![301, 302, 303, 307, 308].contains(&status) {
        return Err(unsupported(format!("{status} is no status of a redirect")));
    }
    let scheme = to.scheme.map(|scheme| match scheme {
        RequestRedirectScheme::Http => "http".to_owned(),
        RequestRedirectScheme::Https => "https".to_owned(),
    });
    Ok(Redirect {
        scheme,
        hostname: to.hostname.clone(),
        port: to.port,
        path: to
            .path
            .as_ref()
            .map(|path| path_edit(path, paths))
            .transpose()?,
        status,
    })
}

fn path_edit(edit: &PathModifier, paths: &[&PathMatch]) -> Result<PathEdit, Unsupported> {
    match edit.r#type {
        PathModifierType::ReplaceFullPath => {
            let path = edit.replace_full_path.as_deref().unwrap_or_default();
            Ok(PathEdit::Full(new_path(path)?))
        }
        PathModifierType::ReplacePrefixMatch => {
            if !paths
                .iter()
                .all(|path| matches!(path, PathMatch::Prefix(_)))
            {
                return Err(unsupported(
                    "ReplacePrefixMatch needs matches of type PathPrefix only",
                ));
            }
            let path = edit.replace_prefix_match.as_deref().unwrap_or_default();
            Ok(PathEdit::Prefix(new_path(path)?))
        }
    }
}

/// A path that can stand in a request line; it gets the slash it should begin with.
fn new_path(path: &str) -> Result<String, Unsupported> {
    let is_clean = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte));
    if !is_clean {
        return Err(unsupported(format!(
            "{path:?} is no path: visible ASCII without ? and #"
        )));
    }
    Ok(if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    })
}

/// RFC 9110 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

fn header_name(name: &str) -> Result<String, Unsupported> {
    let name = name.to_ascii_lowercase();
    if !is_token(&name) {
        return Err(unsupported(format!("{name:?} is no header name")));
    }
    if RESERVED.contains(&name.as_str()) {
        return Err(unsupported(format!("the header {name} cannot be edited")));
    }
    Ok(name)
}

fn header_value(value: &str) -> Result<String, Unsupported> {
    if value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
    {
        return Err(unsupported(format!(
            "{value:?} is no header value: it has control characters"
        )));
    }
    Ok(value.to_owned())
}

fn unsupported(message: impl Into<String>) -> Unsupported {
    Unsupported::new(message.into(), &messages::RULE_UNSUPPORTED)
}
