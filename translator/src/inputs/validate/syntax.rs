//! The syntax of single values.

use limpet_schema::{duration, messages};

use super::Refused;

/// The longest path that an API server takes.
const PATH_MAX: usize = 1024;

/// A name of an object: an RFC 1123 subdomain.
pub fn dns_name(name: &str) -> Result<(), Refused> {
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(());
    }
    let message =
        format!("{name:?} is no name: lower-case letters, digits, '-' and '.', at most 253");
    Err(Refused {
        message,
        is: &messages::FIELD_PATTERN,
    })
}

/// A name of a namespace: an RFC 1123 label.
pub fn dns_label(name: &str) -> Result<(), Refused> {
    if is_label(name) {
        return Ok(());
    }
    let message =
        format!("{name:?} is no namespace: lower-case letters, digits and '-', at most 63");
    Err(Refused {
        message,
        is: &messages::FIELD_PATTERN,
    })
}

/// A host: a DNS name, its first label perhaps `*`.
pub fn host(host: &String) -> Result<(), Refused> {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    if host.len() <= 253 && !is_address && name.split('.').all(is_label) {
        return Ok(());
    }
    let message = format!(
        "{host:?} is no host: a lower-case DNS name such as www.example.com or *.example.com"
    );
    Err(Refused {
        message,
        is: &messages::FIELD_PATTERN,
    })
}

/// A host without `*`.
pub fn exact_host(name: &str) -> Result<(), Refused> {
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(());
    }
    let message = format!("{name:?} is no host: a lower-case DNS name without *");
    Err(Refused {
        message,
        is: &messages::FIELD_PATTERN,
    })
}

/// An absolute path in normal form, without query or fragment.
pub fn path(path: &str) -> Result<(), Refused> {
    let lower = path.to_ascii_lowercase();
    let refused = ["//", "/./", "/../", "%2f", "#", "?"];
    let is_normal = path.bytes().all(|byte| byte.is_ascii_graphic())
        && refused.iter().all(|part| !lower.contains(part))
        && !["/.", "/.."].iter().any(|end| lower.ends_with(end));
    if !path.starts_with('/') || !is_normal {
        let message = format!(
            "{path:?} must begin with /, be visible ASCII and have no //, /./, /../, \
             %2f, # or ?"
        );
        return Err(Refused {
            message,
            is: &messages::FIELD_PATTERN,
        });
    }
    if path.chars().count() > PATH_MAX {
        let message = format!("must have at most {PATH_MAX} characters");
        return Err(Refused {
            message,
            is: &messages::FIELD_LENGTH,
        });
    }
    Ok(())
}

/// What a path becomes: visible ASCII, or the whole snapshot would be refused for it.
pub fn new_path(path: &str) -> Result<(), Refused> {
    if path.len() <= PATH_MAX && path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = format!("{path:?} must be visible ASCII, at most {PATH_MAX} characters");
    Err(Refused {
        message,
        is: &messages::FIELD_PATTERN,
    })
}

/// A header's name: an RFC 9110 token.
pub fn header_name(name: &str) -> Result<(), Refused> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if (1..=256).contains(&name.len()) && name.bytes().all(is_token) {
        return Ok(());
    }
    let message = format!("{name:?} is no header name: letters, digits and !#$%&'*+-.^_`|~");
    Err(Refused {
        message,
        is: &messages::FIELD_PATTERN,
    })
}

/// A port number.
pub fn port(port: &i32) -> Result<(), Refused> {
    if (1..=65_535).contains(port) {
        return Ok(());
    }
    let message = format!("must be 1 to 65535, is {port}");
    Err(Refused {
        message,
        is: &messages::FIELD_RANGE,
    })
}

/// A text that says something.
pub fn some_text(text: &str) -> Result<(), Refused> {
    if !text.is_empty() {
        return Ok(());
    }
    Err(Refused {
        message: "must not be empty".to_owned(),
        is: &messages::FIELD_LENGTH,
    })
}

/// A duration (GEP-2257): one to four numbers of at most five digits, each with its unit.
pub fn duration(text: &String) -> Result<(), Refused> {
    if !is_gep_2257(text) && duration::parse(text).is_ok() {
        return Err(Refused {
            message: format!(
                "{text:?} must be one to four whole numbers of at most five digits, each with h, \
                 m, s or ms"
            ),
            is: &messages::FIELD_DURATION,
        });
    }
    duration::parse(text).map(|_| ()).map_err(|error| Refused {
        message: format!("{text:?}: {error}"),
        is: &messages::FIELD_DURATION,
    })
}

fn is_gep_2257(text: &str) -> bool {
    let (mut rest, mut numbers) = (text, 0);
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = rest.len() - unit.len();
        let units = ["ms", "h", "m", "s"];
        let after = units.iter().find_map(|known| unit.strip_prefix(known));
        let Some(after) = after.filter(|_| (1..=5).contains(&digits)) else {
            return false;
        };
        (rest, numbers) = (after, numbers + 1);
    }
    (1..=4).contains(&numbers)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let check = |text: &str, is_good: bool| {
            assert_eq!(host(&text.to_owned()).is_ok(), is_good, "{text}");
        };
        check("example.com", true);
        check("*.example.com", true);
        check("a", true);
        check("*", false);
        check("a.*.com", false);
        check("Example.com", false);
        check("192.0.2.1", false);
        check("a..b", false);
        check("-a.com", false);
        check("a.com:80", false);
        check(&"a".repeat(64), false);
    }

    #[test]
    fn paths() {
        let check = |text: &str, is_good: bool| assert_eq!(path(text).is_ok(), is_good, "{text}");
        check("/", true);
        check("/a/b.c/", true);
        check("/a%20b", true);
        check("", false);
        check("a", false);
        check("//", false);
        check("/a/../b", false);
        check("/a/..", false);
        check("/a%2Fb", false);
        check("/a?b", false);
        check(&format!("/{}", "a".repeat(PATH_MAX)), false);
    }

    #[test]
    fn header_names() {
        assert!(header_name("X-Trace_1").is_ok());
        assert!(header_name("").is_err());
        assert!(header_name("a b").is_err());
        assert!(header_name("a:").is_err());
        assert!(header_name("a\r\nb").is_err());
    }
}
