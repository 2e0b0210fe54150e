//! Markdown, as far as the tests read it.

use std::fs;
use std::path::{Path, PathBuf};

/// A page.
pub struct Page {
    /// Below the checkout.
    pub path: PathBuf,
    /// Its fenced blocks.
    pub blocks: Vec<Block>,
    /// Where its links lead.
    pub links: Vec<String>,
    /// What a link to one of its headings names.
    pub anchors: Vec<String>,
    /// What stands between backticks in its running text.
    pub spans: Vec<String>,
    text: String,
}

/// A fenced block.
pub struct Block {
    /// Of its first line.
    pub line: usize,
    /// What stands behind the fence.
    pub info: String,
    /// What is inside, without the fence's indentation.
    pub text: String,
}

impl Block {
    /// The file that its first line names: `# shop/gateway.yaml`.
    pub fn file(&self) -> Option<&str> {
        let file = self.text.lines().next()?.strip_prefix("# ")?;
        let is_file = !file.contains(' ') && file.ends_with(&format!(".{}", self.info));
        is_file.then_some(file)
    }

    /// Its lines, without comments.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().filter_map(|line| line.split(" #").next());
        lines.map(str::trim).filter(|line| !line.is_empty())
    }
}

impl Page {
    /// Reads one.
    pub fn read(root: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(root.join(path));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (blocks, prose) = parse(&text);
        Self {
            path: path.to_owned(),
            blocks,
            links: links(&prose),
            anchors: anchors(&prose),
            spans: spans(&prose),
            text,
        }
    }

    /// Lines of commands that are indented rather than fenced, and so would be run by nobody.
    pub fn indented_commands(&self) -> Vec<usize> {
        const COMMANDS: [&str; 6] = ["limpet ", "curl ", "kubectl ", "helm ", "make ", "sudo "];
        let is_command = |line: &str| {
            let text = line.strip_prefix("    ").map(str::trim_start);
            text.is_some_and(|text| COMMANDS.iter().any(|command| text.starts_with(command)))
        };
        let fenced = |number: usize| {
            self.blocks.iter().any(|block| {
                (block.line..=block.line + block.text.lines().count()).contains(&number)
            })
        };
        let lines = self.text.lines().zip(1..);
        lines
            .filter(|(line, number)| is_command(line) && !fenced(*number))
            .map(|(_, number)| number)
            .collect()
    }
}

/// The fenced blocks, and the lines outside of them.
fn parse(text: &str) -> (Vec<Block>, Vec<&str>) {
    let (mut blocks, mut prose) = (Vec::new(), Vec::new());
    let mut open: Option<(Block, usize)> = None;
    for (line, number) in text.lines().zip(1..) {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(info)) => {
                let block = Block {
                    line: number,
                    info: info.trim().to_owned(),
                    text: String::new(),
                };
                open = Some((block, line.len() - line.trim_start().len()));
            }
            (None, None) => prose.push(line),
            (Some(_), Some(_)) => blocks.extend(open.take().map(|(block, _)| block)),
            (Some((block, indent)), None) => {
                block.text += line.get(*indent..).unwrap_or_default();
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    (blocks, prose)
}

fn links(prose: &[&str]) -> Vec<String> {
    let text = prose.join("\n");
    let starts = text.match_indices("](").map(|(at, _)| at + 2);
    starts
        .filter_map(|at| Some(text[at..].split_once(')')?.0.to_owned()))
        .collect()
}

/// A span may go on in the next line, and ends with its paragraph at the latest.
fn spans(prose: &[&str]) -> Vec<String> {
    let text = prose.join("\n");
    let paragraphs = text.split("\n\n");
    let spans = paragraphs.flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
    spans.map(|span| span.replace('\n', " ")).collect()
}

/// As GitHub and mdBook make them.
fn anchors(prose: &[&str]) -> Vec<String> {
    let headings = prose.iter().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter_map(|c| match c {
                ' ' => Some('-'),
                c => (c.is_alphanumeric() || "-_".contains(c)).then_some(c),
            });
            kept.collect()
        })
        .collect()
}
