//! The layers of docs/ARCHITECTURE.md: a folder imports only from those above it, and no files of one folder
//! import each other in a circle. Read from the sources, tests aside; what is re-exported counts as what it
//! is, not as where it is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each imports only from those before it.
const LAYERS: [&str; 12] = [
    "base",
    "runtime",
    "proto",
    "transport",
    "telemetry",
    "route",
    "config",
    "affinity",
    "cluster",
    "proxy",
    "l4",
    "server",
];

/// A module by its path from the crate's root: `["proxy", "retry"]`.
type Module = Vec<String>;

/// The sources by their modules, without tests.
struct Crate {
    texts: BTreeMap<Module, String>,
    /// What a module exports of others: the name, and where that is.
    exports: BTreeMap<Module, BTreeMap<String, (Module, String)>>,
}

impl Crate {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        let module = |file: &PathBuf| {
            let path = file.strip_prefix(&root).expect("below").with_extension("");
            let names = path.iter().map(|name| name.to_string_lossy().into_owned());
            names.filter(|name| name != "lib").collect()
        };
        let text = |file: &PathBuf| code(&fs::read_to_string(file).expect("readable"));
        let texts = files
            .iter()
            .map(|file| (module(file), text(file)))
            .collect();
        let mut found = Self {
            texts,
            exports: BTreeMap::new(),
        };
        for (module, text) in &found.texts {
            let exported = uses(text).filter(|(is_export, _)| *is_export);
            let exported = exported.filter_map(|(_, path)| {
                let (path, name) = path.split_once(" as ").unwrap_or((&path, ""));
                let to = found.resolve(module, path)?;
                let name = if name.is_empty() {
                    to.1.clone()
                } else {
                    name.to_owned()
                };
                Some((name, to))
            });
            let exported = exported.collect();
            found.exports.insert(module.clone(), exported);
        }
        found
    }

    /// Which module, and what of it; none: another crate's.
    fn resolve(&self, from: &Module, path: &str) -> Option<(Module, String)> {
        let mut names = path.split("::").map(str::trim).peekable();
        let mut module = from.clone();
        match *names.peek()? {
            "crate" => module.clear(),
            "self" | "super" => {}
            first => {
                module.push(first.to_owned());
                self.texts.contains_key(&module).then_some(())?;
                module.pop();
            }
        }
        let mut item = String::new();
        for name in names {
            match name {
                "crate" | "self" => {}
                "super" => drop(module.pop()),
                name => {
                    module.push(name.to_owned());
                    if !self.texts.contains_key(&module) {
                        module.pop();
                        name.clone_into(&mut item);
                        break;
                    }
                }
            }
        }
        let exported = self.exports.get(&module).and_then(|names| names.get(&item));
        match exported {
            Some((module, item)) => Some((module.clone(), item.clone())),
            None => Some((module, item)),
        }
    }

    /// The modules that one imports from.
    fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let text = &self.texts[module];
        let paths = uses(text).filter(|(is_export, _)| !is_export);
        let paths = paths.map(|(_, path)| path.split(" as ").next().unwrap_or_default().to_owned());
        let named = paths.chain(written_out(text));
        let found = named.filter_map(|path| self.resolve(module, &path));
        found
            .map(|(module, _)| module)
            .filter(|to| to != module)
            .collect()
    }

    fn edges(&self) -> impl Iterator<Item = (&Module, Module)> {
        let modules = self.texts.keys().filter(|module| !module.is_empty());
        modules.flat_map(|module| self.imports(module).into_iter().map(move |to| (module, to)))
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Without comments and without the tests at the end.
fn code(text: &str) -> String {
    let mut ends = text.match_indices("#[cfg(test)]\n").filter(|(at, mark)| {
        let next = text[at + mark.len()..].lines().next();
        next.is_some_and(|line| line.ends_with("mod tests {"))
    });
    let code = &text[..ends.next().map_or(text.len(), |(at, _)| at)];
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Every path of every `use`, and whether it is exported.
fn uses(text: &str) -> impl Iterator<Item = (bool, String)> {
    text.match_indices("use ").flat_map(|(at, word)| {
        let before = text[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_export = before.starts_with("pub");
        let is_use = is_export || before.is_empty();
        let statement = text[at + word.len()..].split(';').next();
        let tree = statement.filter(|_| is_use).unwrap_or_default();
        let paths = expanded(&tree.replace('\n', " ")).into_iter();
        paths
            .filter(|path| !path.is_empty())
            .map(move |path| (is_export, path))
    })
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expanded(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((stem, rest)) = tree.split_once('{') else {
        return vec![tree.trim_end_matches("::*").to_owned()];
    };
    let inner = rest.trim_end().trim_end_matches('}');
    let (mut depth, mut start, mut branches) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&inner[start..]);
    let branches = branches
        .into_iter()
        .filter(|branch| !branch.trim().is_empty());
    branches
        .flat_map(|branch| {
            expanded(branch)
                .into_iter()
                .map(|branch| format!("{stem}{branch}"))
        })
        .collect()
}

/// `crate::…` and `super::…` outside of `use`.
fn written_out(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    ["crate::", "super::"]
        .iter()
        .flat_map(|start| text.match_indices(start))
        .filter(|(at, _)| !text[..*at].ends_with(is_part))
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            rest[..end].trim_end_matches(':').to_owned()
        })
        .collect()
}

/// What tests reach of the inside, which no release has.
const TESTING: &str = "testing";

fn layer(module: &Module) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module[0])
}

#[test]
fn a_folder_imports_only_from_those_above_it() {
    let sources = Crate::read();
    for module in sources.texts.keys().filter(|module| !module.is_empty()) {
        assert!(
            layer(module).is_some() || module[0] == TESTING,
            "{module:?}"
        );
    }
    let mut upwards = BTreeSet::new();
    for (from, to) in sources.edges().filter(|(_, to)| !to.is_empty()) {
        if layer(from).is_some() && layer(&to).is_none_or(|to| Some(to) > layer(from)) {
            upwards.insert(format!("{} -> {}", from.join("::"), to.join("::")));
        }
    }
    assert_eq!(upwards, BTreeSet::new());
}

/// Whether one leads to the other.
fn leads(edges: &BTreeMap<Module, BTreeSet<Module>>, from: &Module, to: &Module) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(next) = open.pop() {
        for next in edges.get(next).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let sources = Crate::read();
    let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, to) in sources.edges() {
        if to.first() == from.first() {
            edges.entry(from.clone()).or_default().insert(to);
        }
    }
    let mut circles = BTreeSet::new();
    for module in edges.keys().filter(|module| leads(&edges, module, module)) {
        let others = edges.keys();
        let circle =
            others.filter(|other| leads(&edges, module, other) && leads(&edges, other, module));
        circles.insert(
            circle
                .map(|module| module.join("::"))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    assert_eq!(circles, BTreeSet::new());
}

#[test]
fn imports_are_read_however_they_are_written() {
    let text = code(
        "use std::x;\nuse super::a::{\n    self, B,\n};\nuse i::J;\npub use c::D;\nfn f() { crate::e::f(); }\n// use crate::g;\n\
         #[cfg(test)]\npub(super) mod tests {\nuse crate::h;\n}",
    );
    let uses: Vec<_> = uses(&text).collect();
    let own = |path: &str| (false, path.to_owned());
    assert_eq!(
        uses,
        [
            own("std::x"),
            own("super::a::self"),
            own("super::a::B"),
            own("i::J"),
            (true, "c::D".to_owned())
        ]
    );
    assert_eq!(written_out(&text)[0], "crate::e::f");
}
