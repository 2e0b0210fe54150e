//! Reads what callgrind writes: instructions by the lines of source that they come from.
//!
//! Only what valgrind's manual ("Callgrind Format Specification") says of a profile by lines, without
//! addresses and with one event. Tested with a piece of such a file.

use std::collections::HashMap;

/// Where instructions come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The source file; of inlined code the one where it stands.
    pub file: &'a str,
    /// The file of the function that it was inlined into.
    pub function_file: &'a str,
    /// The function.
    pub function: &'a str,
}

/// Gives `take` the instructions of each line, without those of what it calls.
pub fn read<'a>(text: &'a str, mut take: impl FnMut(Place<'a>, u64)) {
    let (mut files, mut functions) = (Names::default(), Names::default());
    let mut place = Place::default();
    let mut is_call = false;
    for line in text.lines() {
        if let Some((key, value)) = line.split_once('=') {
            match key {
                "fl" => {
                    place.file = files.of(value);
                    place.function_file = place.file;
                }
                "fi" | "fe" => place.file = files.of(value),
                "fn" => place.function = functions.of(value),
                // A name that is told only here may be meant later.
                "cfi" | "cfl" => _ = files.of(value),
                "cfn" => _ = functions.of(value),
                "calls" => is_call = true,
                _ => {}
            }
        } else if let Some(count) = cost(line) {
            // The line behind `calls=` has the cost of all that was called.
            if !std::mem::take(&mut is_call) {
                take(place, count);
            }
        }
    }
}

/// Of a line such as `+3 12` or `* 12`.
fn cost(line: &str) -> Option<u64> {
    let (position, count) = line.split_once(' ')?;
    let is_position =
        position.starts_with(|first: char| "+-*".contains(first) || first.is_ascii_digit());
    is_position.then(|| count.parse().ok()).flatten()
}

/// Names are told once, `(7) name`, and then meant by `(7)`.
#[derive(Default)]
struct Names<'a>(HashMap<&'a str, &'a str>);

impl<'a> Names<'a> {
    fn of(&mut self, value: &'a str) -> &'a str {
        match value.split_once(") ") {
            Some((number, name)) => {
                self.0.insert(number, name);
                name
            }
            None => {
                let known = self.0.get(value.trim_end_matches(')'));
                known.copied().unwrap_or(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# callgrind format
positions: line
events: Ir
summary: 100

ob=(1) /bin/limpet
fl=(1) src/http.rs
fn=(1) http::serve
10 5
+2 7
fi=(2) core/iter.rs
-3 20
fe=(1)
cfi=(3) src/pin.rs
cfn=(2) pin::open
calls=4 50
* 900
+1 1

fl=(3)
fn=(2)
50 900
";

    #[test]
    fn costs_are_of_lines_and_not_of_what_they_call() {
        let mut seen = Vec::new();
        read(TEXT, |place, count| {
            seen.push((place.file, place.function, count))
        });
        assert_eq!(
            seen,
            [
                ("src/http.rs", "http::serve", 5),
                ("src/http.rs", "http::serve", 7),
                ("core/iter.rs", "http::serve", 20),
                ("src/http.rs", "http::serve", 1),
                ("src/pin.rs", "pin::open", 900),
            ]
        );
    }

    #[test]
    fn inlined_code_keeps_the_file_of_its_function() {
        let mut files = Vec::new();
        read(TEXT, |place, _| files.push(place.function_file));
        assert_eq!(files[2], "src/http.rs");
    }
}
