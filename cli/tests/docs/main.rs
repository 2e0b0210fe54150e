//! README and docs as a reader meets them: every command works, every link leads somewhere, and the summary
//! lists every page.
//!
//! What becomes of a fenced block depends on the words after its fence:
//!
//! | fence | what becomes of it |
//! |---|---|
//! | `sh` | run in the page's folder, with `limpet` on the PATH; it must succeed and print the `text` block that follows, where `…` stands for anything |
//! | `sh fails` | the same, but it must fail |
//! | `sh serve` | runs beside all that follows, until the page ends |
//! | `sh make` | only targets that `make help` lists: `make test` runs them |
//! | `sh node` | run on a Kubernetes node, by `conformance/limpet/reader_test.go` |
//! | `yaml` and `toml` whose first line is `# FILE` | written to that file |
//!
//! Each page has a network of its own, so that it may name ports.
//!
//! In running text, `limpet …` is a command line that the binary takes, `limpet explain NAME` one that knows
//! the name, and `make …` a target that `make help` lists. Words in capitals stand for something else.

mod page;
mod reader;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use page::{Block, Page};
use reader::Reader;

/// The checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// README, docs, and the chart's page: for people who use Limpet.
fn pages() -> Vec<Page> {
    pages_in(&["docs", "charts/limpet"])
}

/// Those for its developers too.
fn all_pages() -> Vec<Page> {
    pages_in(&["docs", "charts/limpet", "conformance", "bench", "fuzz"])
}

fn pages_in(folders: &[&str]) -> Vec<Page> {
    let mut pages = vec![Page::read(&root(), Path::new("README.md"))];
    for folder in folders {
        find(Path::new(folder), &mut pages);
    }
    pages
}

fn find(folder: &Path, pages: &mut Vec<Page>) {
    for entry in fs::read_dir(root().join(folder)).expect("it is in the checkout") {
        let entry = entry.expect("it can be read");
        let path = folder.join(entry.file_name());
        if entry.file_type().expect("it is known").is_dir() {
            find(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(Page::read(&root(), &path));
        }
    }
}

#[test]
fn every_command_works_and_prints_what_the_page_says() {
    let with_commands = pages().into_iter().filter(|page| {
        let mut blocks = page.blocks.iter();
        blocks.any(|block| matches!(block.info.as_str(), "sh" | "sh serve" | "sh fails"))
    });
    // Side by side: each has a network of its own.
    let readers: Vec<_> = with_commands
        .map(|page| thread::spawn(move || follow(&page)))
        .collect();
    assert!(
        readers.len() > 10,
        "only {} pages have commands",
        readers.len()
    );
    let failed = readers.into_iter().filter_map(|reader| reader.join().err());
    assert_eq!(failed.count(), 0, "pages failed: see above");
}

/// Does what the page says.
fn follow(page: &Page) {
    let mut reader = Reader::start(&root());
    for (index, block) in page.blocks.iter().enumerate() {
        let at = format!("{}:{}", page.path.display(), block.line);
        let printed = page.blocks.get(index + 1);
        let printed = printed.filter(|next| next.info == "text");
        let printed = printed.map(|next| next.text.as_str());
        match block.info.as_str() {
            "sh" => reader.run(&at, &block.text, printed, true),
            "sh fails" => reader.run(&at, &block.text, printed, false),
            "sh serve" => reader.serve(&at, &block.text),
            _ => {
                if let Some(file) = block.file() {
                    reader.write(file, &block.text);
                }
            }
        }
    }
    reader.end();
}

#[test]
fn every_block_says_what_it_is() {
    const KNOWN: [&str; 13] = [
        "sh",
        "sh fails",
        "sh serve",
        "sh make",
        "sh node",
        "text",
        "text node",
        "yaml",
        "json",
        "toml",
        "http",
        "promql",
        "rust",
    ];
    for page in pages() {
        for block in &page.blocks {
            assert!(
                KNOWN.contains(&block.info.as_str()),
                "{}:{}: {:?} is none of {KNOWN:?}",
                page.path.display(),
                block.line,
                block.info
            );
        }
        let indented = page.indented_commands();
        assert_eq!(indented, Vec::<usize>::new(), "{}", page.path.display());
    }
}

#[test]
fn every_page_with_commands_for_a_cluster_is_followed_on_a_node() {
    let test = fs::read_to_string(root().join("conformance/limpet/reader_test.go"));
    let test = test.expect("it is there");
    let mut followed = 0;
    for page in pages() {
        if page.blocks.iter().any(|block| block.info == "sh node") {
            let name = format!("\"{}\"", page.path.display());
            assert!(test.contains(&name), "nodePages lacks {name}");
            followed += 1;
        }
    }
    assert!(followed > 0, "no page has any");
}

#[test]
fn every_command_of_limpet_in_running_text_is_one_that_it_takes() {
    let mut checked = BTreeSet::new();
    for page in all_pages() {
        for span in &page.spans {
            let Some(line) = span.strip_prefix("limpet ") else {
                continue;
            };
            let is_new = checked.insert(line.to_owned());
            assert!(!is_new || is_taken(line), "{}: {span}", page.path.display());
        }
    }
    assert!(checked.len() > 10, "{checked:?}");
}

/// Whether that command line is one; the help that it ends in keeps it from doing anything.
fn is_taken(line: &str) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpet"));
    let words = || line.split_whitespace();
    command.args(words());
    let is_explain = words().next() == Some("explain");
    let names_nothing = words()
        .skip(1)
        .all(|word| word.chars().all(char::is_uppercase));
    if !is_explain || names_nothing {
        command.arg("--help");
    }
    let output = command.output().expect("the binary is built");
    output.status.success()
}

#[test]
fn every_target_of_make_is_one_that_help_lists() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("it is there");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter(|line| line.contains(": ") && line.contains("## "))
        .filter_map(|line| line.split(':').next())
        .collect();
    let is_make = |block: &&Block| block.info == "sh make";
    for page in all_pages() {
        let blocks = page.blocks.iter().filter(is_make);
        let spans = page.spans.iter().map(String::as_str);
        let spans = spans.filter(|span| span.starts_with("make "));
        for line in blocks.flat_map(Block::commands).chain(spans) {
            let target = line
                .strip_prefix("make ")
                .and_then(|rest| rest.split_whitespace().next());
            assert!(
                target.is_some_and(|target| targets.contains(target)),
                "{}: {line}",
                page.path.display()
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in all_pages() {
        for link in &page.links {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.contains("://") {
                continue;
            }
            let folder = page.path.parent().expect("a page is in a folder");
            let target = match path {
                "" => page.path.clone(),
                path => folder.join(path),
            };
            let found = root().join(&target);
            assert!(found.exists(), "{}: {link}", page.path.display());
            if !anchor.is_empty() && found.extension().is_some_and(|e| e == "md") {
                let anchors = Page::read(&root(), &target).anchors;
                assert!(
                    anchors.iter().any(|known| known == anchor),
                    "{}: {link}: one of {anchors:?}",
                    page.path.display()
                );
            }
        }
    }
}

#[test]
fn the_summary_lists_every_page_of_the_site() {
    let summary = Page::read(&root(), Path::new("docs/SUMMARY.md"));
    let listed: BTreeSet<PathBuf> = summary
        .links
        .iter()
        .map(|link| Path::new("docs").join(link))
        .collect();
    let site: BTreeSet<PathBuf> = pages()
        .into_iter()
        .map(|page| page.path)
        .filter(|path| path.starts_with("docs") && !path.ends_with("SUMMARY.md"))
        .collect();
    assert_eq!(listed, site);
}
