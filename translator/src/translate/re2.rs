//! Regular expressions as the Gateway API's implementations read them: in RE2's syntax.
//!
//! The data plane compiles them with the `regex` crate, whose syntax is the same but for what `\w`,
//! `\d`, `\s` and `\b` mean: RE2 means ASCII, the crate Unicode, whose tables make `\w{1,40}` too
//! large to be used.

/// The expression with RE2's classes spelled out for the `regex` crate.
pub fn ascii_classes(text: &str) -> String {
    let mut ours = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        if char != '\\' {
            ours.push(char);
            continue;
        }
        // A class may stand inside another, so that brackets are right everywhere.
        match rest.next() {
            Some('w') => ours.push_str("[0-9A-Za-z_]"),
            Some('W') => ours.push_str("[^0-9A-Za-z_]"),
            Some('d') => ours.push_str("[0-9]"),
            Some('D') => ours.push_str("[^0-9]"),
            Some('s') => ours.push_str(r"[\t\n\f\r\x20]"),
            Some('S') => ours.push_str(r"[^\t\n\f\r\x20]"),
            Some('b') => ours.push_str(r"(?-u:\b)"),
            Some(escaped) => ours.extend(['\\', escaped]),
            None => ours.push('\\'),
        }
    }
    ours
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::ascii_classes;

    fn check(text: &str, matching: &[&str], others: &[&str]) {
        let regex = Regex::new(&format!("^(?:{})$", ascii_classes(text))).expect(text);
        matching
            .iter()
            .for_each(|value| assert!(regex.is_match(value), "{text} {value}"));
        others
            .iter()
            .for_each(|value| assert!(!regex.is_match(value), "{text} {value}"));
    }

    #[test]
    fn classes_are_ascii() {
        check(r"\w+", &["aZ_9"], &["é", "a-b"]);
        check(r"[\w-]+", &["a-b"], &["é", "[-]"]);
        check(r"[^\W_]", &["a"], &["_", "-", "é"]);
        check(r"\d", &["7"], &["٧", "x"]);
        check(r"\s\S", &[" x", "\tx"], &["\u{a0}x", "x "]);
        check(r"a\b.*", &["a", "a-b"], &["ab"]);
        check(r"\\w", &["\\w"], &["a"]);
        check(r"é.", &["éé"], &["é"]);
    }
}
