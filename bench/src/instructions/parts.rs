//! What instructions are spent on: parts of Limpet and of what it stands on, told by their sources.
//!
//! Code belongs to the part of the file it stands in, wherever it was inlined. What belongs to none,
//! as the standard library, counts for the function that it was inlined into.

use super::callgrind::Place;

/// A part, and what its files' and functions' names contain.
struct Part {
    name: &'static str,
    marks: &'static [&'static str],
}

const REST: &str = "the standard library where it is not inlined, and all else";

/// The first that fits. The last takes what is left.
const PARTS: [Part; 11] = [
    Part {
        name: "reading both heads: one pass each, and their fields",
        marks: &[
            "dataplane/src/proto/h1/guard",
            "dataplane/src/proto/h1/start_line",
            "dataplane/src/proto/field",
            "dataplane/src/proto/head",
            "dataplane/src/proto/target",
            "dataplane/src/proto/text",
            "dataplane::proto::h1::guard",
            "dataplane::proto::h1::start_line",
            "dataplane::proto::field",
            "dataplane::proto::head",
            "dataplane::proto::target",
            "dataplane::proto::text",
            "/http-1",
        ],
    },
    Part {
        name: "buffers that are read into",
        marks: &["/bytes-1", "bytes::bytes"],
    },
    Part {
        name: "monoio's operations, and the streams around them",
        marks: &[
            "/monoio-0",
            "/mio-",
            "monoio::",
            "/sysdeps/unix/sysv/linux/",
            "/nptl/cancellation",
            "dataplane/src/runtime/",
            "dataplane::runtime::",
        ],
    },
    Part {
        name: "the pin: cookie scan, table, place",
        marks: &[
            "dataplane/src/affinity",
            "dataplane::affinity",
            "/siphasher-",
        ],
    },
    Part {
        name: "encoding both heads",
        marks: &[
            "dataplane/src/proto/h1/encode",
            "dataplane::proto::h1::encode",
        ],
    },
    Part {
        name: "finding the rule",
        marks: &["dataplane/src/route", "dataplane::route"],
    },
    Part {
        name: "the rest of the data plane",
        marks: &["dataplane/src/", "limpet_dataplane::"],
    },
    Part {
        name: "searches for bytes (memchr, memcmp)",
        marks: &["/memchr-", "memchr::", "memcmp"],
    },
    Part {
        name: "memory, taken and given back (mimalloc)",
        marks: &["mimalloc", "mi_"],
    },
    Part {
        name: "copies of heads and buffers",
        marks: &["memcpy", "memmove"],
    },
    Part {
        name: REST,
        marks: &[""],
    },
];

/// Instructions of each part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts([u64; PARTS.len()]);

impl Parts {
    /// Adds instructions from there.
    pub fn add(&mut self, place: Place<'_>, count: u64) {
        self.0[part(place)] += count;
    }

    /// What came on top of those before.
    pub fn since(self, before: Self) -> Self {
        let mut parts = self;
        for (count, before) in parts.0.iter_mut().zip(before.0) {
            *count = count.saturating_sub(before);
        }
        parts
    }

    /// Of all parts.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each part with its instructions, the most first; what belongs to none is last.
    pub fn by_count(&self) -> Vec<(&'static str, u64)> {
        let mut named: Vec<_> = PARTS.iter().map(|part| part.name).zip(self.0).collect();
        named[..PARTS.len() - 1].sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        named
    }
}

fn part(place: Place<'_>) -> usize {
    let names = [place.file, place.function_file, place.function];
    let of = |name: &str| {
        let fits = |part: &Part| part.marks.iter().any(|mark| name.contains(mark));
        PARTS[..PARTS.len() - 1].iter().position(fits)
    };
    names.into_iter().find_map(of).unwrap_or(PARTS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "/rustc/0123/library/core/src/iter/range.rs";

    fn name(file: &str, function_file: &str, function: &str) -> &'static str {
        let place = Place {
            file,
            function_file,
            function,
        };
        PARTS[part(place)].name
    }

    #[test]
    fn inlined_code_belongs_to_its_own_file() {
        let connection = "/limpet/dataplane/src/proxy/connection.rs";
        assert_eq!(
            name(
                "/limpet/dataplane/src/proto/h1/guard/whole.rs",
                connection,
                "f"
            ),
            "reading both heads: one pass each, and their fields"
        );
        assert_eq!(name(CORE, connection, "f"), "the rest of the data plane");
    }

    #[test]
    fn where_no_file_is_known_the_function_tells() {
        let copy = "__memcpy_avx_unaligned_erms";
        assert_eq!(name("???", "???", copy), "copies of heads and buffers");
        assert_eq!(name(CORE, CORE, "core::fmt::write"), REST);
    }

    #[test]
    fn a_load_is_what_came_on_top() {
        let (mut before, mut after) = (Parts::default(), Parts::default());
        before.add(Place::default(), 100);
        after.add(Place::default(), 150);
        assert_eq!(after.since(before).total(), 50);
        assert_eq!(after.by_count().last(), Some(&(REST, 150)));
    }
}
