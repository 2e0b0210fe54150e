//! `docs/reference/*.md`: a page per source, a row per field; the messages; the glossary.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{made_by, yaml};
use crate::ir::{Api, Examples, Field, Node, Shape, TypeName};
use crate::source::{Message, Section, Sources, Term};
use crate::{Outputs, Result, words};

/// The page that all shapes without an own one are on.
const SHARED: &str = "common";

pub fn emit(sources: &Sources, api: &Api) -> Result<Outputs> {
    let mut outputs = Outputs::new();
    let shapes = shapes(api);
    let mut page = |name: &str, root: &Node, title: &str, examples: &Examples| -> Result<()> {
        let source = format!("schema/{name}.schema.json");
        let mut text = heading(&source, title, root);
        let own = |of: &TypeName| page_of(of) == name || page_of(of) == SHARED;
        for (_, node) in reachable(root, &shapes)
            .into_iter()
            .filter(|(of, _)| own(of))
        {
            text += &section(name, node);
        }
        text += &examples_text(&source, examples)?;
        outputs.insert(format!("docs/reference/{name}.md"), text);
        Ok(())
    };
    for kind in &api.kinds {
        let name = heck::AsKebabCase(&kind.meta.kind).to_string();
        page(&name, &kind.root, &kind.meta.kind, &kind.examples)?;
    }
    for (shape, examples) in &api.shape_examples {
        if let Some(root) = shapes.get(shape) {
            page(&page_of(shape), root, &shape.ident, examples)?;
        }
    }
    outputs.insert(
        "docs/reference/messages.md".to_owned(),
        messages(&sources.messages),
    );
    for section in &sources.glossary {
        let file = format!("docs/reference/{}.md", section.name);
        outputs.insert(file, glossary(section));
    }
    Ok(outputs)
}

fn heading(source: &str, title: &str, root: &Node) -> String {
    let docs = &root.type_docs;
    let mut text = format!(
        "<!-- {} -->\n\n# {title}\n\n{}\n",
        made_by(source),
        docs.description
    );
    if !docs.note.is_empty() {
        let _ = write!(text, "\n{}\n", docs.note);
    }
    text
}

/// All structs by name.
fn shapes(api: &Api) -> BTreeMap<&TypeName, &Node> {
    let mut shapes = BTreeMap::new();
    for kind in &api.kinds {
        kind.root.walk(&mut |node| {
            if let (Shape::Struct(_), Some(name)) = (&node.shape, &node.name) {
                shapes.entry(name).or_insert(node);
            }
        });
    }
    shapes
}

/// The structs in the order in which a reader meets them.
fn reachable<'a>(
    root: &'a Node,
    shapes: &BTreeMap<&'a TypeName, &'a Node>,
) -> Vec<(&'a TypeName, &'a Node)> {
    let mut found: Vec<(&TypeName, &Node)> = Vec::new();
    root.walk(&mut |node| {
        if let (Shape::Struct(_), Some(name)) = (&node.shape, &node.name)
            && shapes.contains_key(name)
            && found.iter().all(|(known, _)| *known != name)
        {
            found.push((name, node));
        }
    });
    found
}

fn page_of(name: &TypeName) -> String {
    name.module.replace('_', "-")
}

/// One struct: its fields and its rules.
fn section(page: &str, node: &Node) -> String {
    let (Shape::Struct(fields), Some(name)) = (&node.shape, &node.name) else {
        return String::new();
    };
    let mut text = format!("\n## {}\n\n{}\n\n", name.ident, node.type_docs.description);
    text += "| field | type | required | default | what it is |\n|---|---|---|---|---|\n";
    fields.iter().for_each(|field| text += &row(page, field));
    if !node.rules.is_empty() {
        text += "\n| rule | text |\n|---|---|\n";
        for rule in &node.rules {
            let _ = writeln!(
                text,
                "| `{}` | {} |",
                rule.meta.id,
                cell(&rule.meta.message)
            );
        }
    }
    text
}

fn row(page: &str, field: &Field) -> String {
    let node = &field.node;
    let is_required = if field.is_required { "yes" } else { "no" };
    let default = node
        .default
        .as_ref()
        .map(|default| format!("`{default}`"))
        .unwrap_or_default();
    let docs = [&node.docs.description, &node.docs.note]
        .into_iter()
        .cloned();
    let bounds = words::bounds_of(node)
        .into_iter()
        .map(|bound| format!("{}.", capital(&bound)));
    let example = node
        .example
        .iter()
        .map(|example| format!("Example: `{example}`."));
    let what: Vec<_> = docs
        .filter(|text| !text.is_empty())
        .chain(bounds)
        .chain(example)
        .collect();
    let what = cell(&what.join(" "));
    format!(
        "| `{}` | {} | {is_required} | {} | {what} |\n",
        field.name,
        link(page, node),
        cell(&default)
    )
}

/// The type, linked to its section.
fn link(page: &str, node: &Node) -> String {
    match (&node.shape, &node.name) {
        (Shape::List { items, .. }, _) => format!("list of {}", link(page, items)),
        (Shape::Struct(_), Some(name)) => {
            let anchor = name.ident.to_lowercase();
            let other = page_of(name);
            let file = if other == page || other == SHARED {
                String::new()
            } else {
                format!("{other}.md")
            };
            format!("[{}]({file}#{anchor})", name.ident)
        }
        _ => words::type_of(node),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn examples_text(source: &str, examples: &Examples) -> Result<String> {
    let mut text = "\n## Examples\n".to_owned();
    for example in &examples.valid {
        let title = capital(&example.name.replace('-', " "));
        let yaml = yaml::text(source, &example.value)?;
        let _ = write!(text, "\n{title}:\n\n```yaml\n{yaml}```\n");
    }
    text += "\nRefused:\n\n| example | because |\n|---|---|\n";
    for example in &examples.invalid {
        let problems = example.problems.iter();
        let problems: Vec<_> = problems
            .map(|p| format!("`{}`: `{}`", p.field, p.id))
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} |",
            example.name.replace('-', " "),
            problems.join("<br>")
        );
    }
    Ok(text)
}

fn messages(messages: &[Message]) -> String {
    let mut text = format!(
        "<!-- {} -->\n\n# Messages\n\n",
        made_by("schema/messages.json")
    );
    text += "Every message ends with its id. These ids are no rules of one kind; the rules of each kind \
             are on its own page. `limpet explain ID` says the same.\n\n| id | what is wrong | what to do |\n|---|---|---|\n";
    for message in messages {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            message.id,
            cell(&message.summary),
            cell(&message.remedy)
        );
    }
    text
}

fn glossary(section: &Section) -> String {
    let Section {
        title,
        about,
        column,
        entries,
        ..
    } = section;
    let made_by = made_by("schema/glossary.json");
    let mut text = format!(
        "<!-- {made_by} -->\n\n# {title}\n\n{about} `limpet explain NAME` says the same.\n\n\
         | name | {column} | what it means |\n|---|---|---|\n"
    );
    for Term { name, of, meaning } in entries {
        let _ = writeln!(text, "| `{name}` | {} | {} |", cell(of), cell(meaning));
    }
    text
}
