//! Rule tables with one entry taken away or changed; rules with one part of their condition.

use std::collections::BTreeSet;

use limpet_schema::rules::{Duration, Expr, Field, Kind, Node, Rule, Shape};

pub struct Mutant {
    /// Where, such as `.spec.rules[].host`.
    pub place: String,
    /// What is different there.
    pub change: String,
    pub kind: Kind,
}

/// Every mutant of a table. They live as long as the test: a table is made of `'static` parts.
pub fn of(kind: &'static Kind) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut seen = BTreeSet::new();
    each_node(kind.root, "", &mut seen, &mut |place, node| {
        mutants.extend(changes(node).into_iter().map(|(change, changed)| {
            let root = replace(kind.root, node, Box::leak(Box::new(changed)));
            Mutant {
                place: place.to_owned(),
                change,
                kind: Kind { root, ..*kind },
            }
        }));
    });
    mutants
}

/// Calls `visit` with every node once, and the first place where it stands.
fn each_node(
    node: &'static Node,
    place: &str,
    seen: &mut BTreeSet<*const Node>,
    visit: &mut dyn FnMut(&str, &'static Node),
) {
    if !seen.insert(node) {
        return;
    }
    visit(place, node);
    match &node.shape {
        Shape::Struct(fields) => fields.iter().for_each(|field| {
            each_node(field.node, &format!("{place}.{}", field.name), seen, visit);
        }),
        Shape::List { items, .. } => each_node(items, &format!("{place}[]"), seen, visit),
        _ => {}
    }
}

/// The node with one thing changed, in every way.
fn changes(node: &'static Node) -> Vec<(String, Node)> {
    let rules = node.rules.iter().enumerate().flat_map(|(index, rule)| {
        let altered = alterations(&rule.holds).into_iter().map(move |holds| {
            let mut rules = node.rules.to_vec();
            rules[index] = Rule { holds, ..*rule };
            (format!("{} as {holds:?}", rule.id), &*rules.leak())
        });
        let gone = (format!("without {}", rule.id), without(node.rules, index));
        [gone].into_iter().chain(altered)
    });
    let rules = rules.map(|(change, rules)| (change, Node { rules, ..*node }));
    let shapes = shapes(&node.shape).into_iter();
    rules
        .chain(shapes.map(|(change, shape)| (change, Node { shape, ..*node })))
        .collect()
}

/// The condition with one thing changed, in every way.
fn alterations(condition: &'static Expr) -> Vec<Expr> {
    let mut altered = vec![match *condition {
        Expr::Not(part) => *part,
        _ => Expr::Not(condition),
    }];
    match *condition {
        Expr::All(parts) => altered.extend(parts_altered(parts, Expr::All)),
        Expr::Any(parts) => altered.extend(parts_altered(parts, Expr::Any)),
        Expr::One(parts) => altered.extend(parts_altered(parts, Expr::One)),
        Expr::Field(field, part) => {
            let parts = alterations(part).into_iter();
            altered.extend(parts.map(|part| Expr::Field(field, Box::leak(Box::new(part)))));
        }
        Expr::Each(part) => {
            let parts = alterations(part).into_iter();
            altered.extend(parts.map(|part| Expr::Each(Box::leak(Box::new(part)))));
        }
        Expr::In(words) => {
            altered.extend((0..words.len()).map(|index| Expr::In(without(words, index))));
        }
        Expr::Not(_) | Expr::Has(_) | Expr::Given => {}
    }
    altered
}

fn parts_altered(parts: &'static [Expr], whole: fn(&'static [Expr]) -> Expr) -> Vec<Expr> {
    let shorter = (0..parts.len()).map(|index| without(parts, index));
    let changed = parts.iter().enumerate().flat_map(|(index, part)| {
        let with = move |part| -> &'static [Expr] {
            let mut parts = parts.to_vec();
            parts[index] = part;
            parts.leak()
        };
        alterations(part).into_iter().map(with)
    });
    shorter.chain(changed).map(whole).collect()
}

/// The shape with one thing changed, in every way.
fn shapes(shape: &'static Shape) -> Vec<(String, Shape)> {
    let other = match shape {
        Shape::Boolean => Shape::Struct(&[]),
        _ => Shape::Boolean,
    };
    let mut shapes = vec![("another type".to_owned(), other)];
    let mut add = |change: &str, shape| shapes.push((change.to_owned(), shape));
    match *shape {
        Shape::Struct(fields) => {
            for (index, field) in fields.iter().enumerate() {
                add(
                    &format!("without {}", field.name),
                    Shape::Struct(without(fields, index)),
                );
                let mut changed = fields.to_vec();
                changed[index].is_required = !field.is_required;
                let change = format!("{} required: {}", field.name, !field.is_required);
                add(&change, Shape::Struct(changed.leak()));
            }
        }
        Shape::List { items, max, keys } => {
            add(
                "any number of items",
                Shape::List {
                    items,
                    max: usize::MAX,
                    keys,
                },
            );
            add(
                "one item fewer",
                Shape::List {
                    items,
                    max: max - 1,
                    keys,
                },
            );
            if !keys.is_empty() {
                add(
                    "items may repeat",
                    Shape::List {
                        items,
                        max,
                        keys: &[],
                    },
                );
            }
        }
        Shape::Enum(words) => {
            for (index, word) in words.iter().enumerate() {
                add(
                    &format!("without the word {word}"),
                    Shape::Enum(without(words, index)),
                );
            }
            add(
                "any word",
                Shape::Text {
                    min: 0,
                    max: usize::MAX,
                    pattern: None,
                },
            );
        }
        Shape::Text { min, max, pattern } => {
            if min > 0 {
                add(
                    "may be empty",
                    Shape::Text {
                        min: 0,
                        max,
                        pattern,
                    },
                );
            }
            if pattern.is_some() {
                add(
                    "any characters",
                    Shape::Text {
                        min,
                        max,
                        pattern: None,
                    },
                );
            }
            add(
                "of any length",
                Shape::Text {
                    min,
                    max: usize::MAX,
                    pattern,
                },
            );
            add(
                "one character less",
                Shape::Text {
                    min,
                    max: max - 1,
                    pattern,
                },
            );
        }
        Shape::Integer { min, max } => {
            add("no least", Shape::Integer { min: i64::MIN, max });
            add("no greatest", Shape::Integer { min, max: i64::MAX });
            add("a greater least", Shape::Integer { min: min + 1, max });
            add("a lesser greatest", Shape::Integer { min, max: max - 1 });
        }
        Shape::IntegerEnum(numbers) => {
            for (index, number) in numbers.iter().enumerate() {
                add(
                    &format!("without {number}"),
                    Shape::IntegerEnum(without(numbers, index)),
                );
            }
            add(
                "any number",
                Shape::Integer {
                    min: i64::MIN,
                    max: i64::MAX,
                },
            );
        }
        Shape::Boolean => {}
        Shape::Duration(bounds) => {
            let secs = |min_secs, max_secs| {
                Shape::Duration(Duration {
                    min_secs,
                    max_secs,
                    ..bounds
                })
            };
            add(
                "a greater least",
                secs(bounds.min_secs + 2, bounds.max_secs),
            );
            add("no greatest", secs(bounds.min_secs, u32::MAX));
            add(
                "a lesser greatest",
                secs(bounds.min_secs, bounds.max_secs - 1),
            );
            let is_whole_secs = !bounds.is_whole_secs;
            add(
                "fractions",
                Shape::Duration(Duration {
                    is_whole_secs,
                    ..bounds
                }),
            );
            let is_seconds_too = !bounds.is_seconds_too;
            add(
                "bare seconds",
                Shape::Duration(Duration {
                    is_seconds_too,
                    ..bounds
                }),
            );
        }
    }
    shapes
}

/// The tree with `target` replaced wherever it stands.
fn replace(node: &'static Node, target: &'static Node, by: &'static Node) -> &'static Node {
    if std::ptr::eq(node, target) {
        return by;
    }
    let shape = match node.shape {
        Shape::Struct(fields) => {
            let replace = |field: &Field| Field {
                node: replace(field.node, target, by),
                ..*field
            };
            Shape::Struct(fields.iter().map(replace).collect::<Vec<_>>().leak())
        }
        Shape::List { items, max, keys } => Shape::List {
            items: replace(items, target, by),
            max,
            keys,
        },
        _ => return node,
    };
    Box::leak(Box::new(Node { shape, ..*node }))
}

fn without<T: Copy>(items: &[T], index: usize) -> &'static [T] {
    [&items[..index], &items[index + 1..]].concat().leak()
}
