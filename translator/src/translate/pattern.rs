//! Paths that look like patterns: a path is taken literally, character by character.

/// What stands in globs and expressions, and in hardly any path.
const MARKS: [&str; 10] = ["*", "(/", "(.", "(?", "([", "|", "[", "\\", "^", "$)"];

/// Where a path begins to look like a pattern.
pub fn begins_at(path: &str) -> Option<usize> {
    MARKS.iter().filter_map(|mark| path.find(mark)).min()
}

/// The whole elements before a pattern: what a prefix takes everything below.
pub fn prefix_before(path: &str, begin: usize) -> &str {
    let before = &path[..begin];
    // In `/api(/|$)(.*)` the element ends where the pattern begins.
    let is_whole = path[begin..].starts_with("(/");
    let end = match is_whole {
        true => before.len(),
        false => before.rfind('/').unwrap_or_default(),
    };
    match &before[..end] {
        "" => "/",
        prefix => prefix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_seen_and_what_stands_before_them() {
        let check = |path: &str, expected: Option<&str>| {
            let before = begins_at(path).map(|begin| prefix_before(path, begin));
            assert_eq!(before, expected, "{path}");
        };
        check("/*", Some("/"));
        check("/(.*)", Some("/"));
        check("/api/*", Some("/api"));
        check("/api/v1/.*", Some("/api/v1"));
        check("/api(/|$)(.*)", Some("/api"));
        check("/v[12]/users", Some("/"));
        for plain in ["/", "/api", "/a.b/c", "/Products(1)", "/$metadata", "/c++"] {
            check(plain, None);
        }
    }
}
