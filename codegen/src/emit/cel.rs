//! The rules as CEL, which the API server evaluates.
//!
//! A rule is about `self`, the value that owns it. The API server looks at CEL rules only when types,
//! enums, required fields and greatest lengths are right, so a rule relies on these, and on nothing else:
//! what a pattern or a bound says is a rule too, as the API server's own words for it show a regular
//! expression, and others must not stumble over what that one refuses.

use crate::duration::cel_pattern;
use crate::ir::{Duration, Expr, Field, Pattern, Rule, Shape};
use crate::{Error, Result};

/// Words that CEL keeps for itself: fields of these names cannot be written plainly.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// What must hold, as CEL.
pub fn rule(rule: &Rule, shape: &Shape, at: &str) -> Result<String> {
    let scope = Scope {
        path: "self".to_owned(),
        shape,
        present: &[],
    };
    let term = render(&rule.holds, &scope);
    term.map(|term| term.text)
        .map_err(|what| Error::source(at, format!("{}: {what}", rule.meta.id)))
}

/// That a text is long enough.
pub fn at_least(min: usize) -> String {
    format!("size(self) >= {min}")
}

/// That a text is as its pattern says. One that is too short is refused for that alone.
pub fn pattern(min: usize, pattern: &Pattern) -> String {
    let matches = matches("self", &pattern.regex);
    match min {
        0 => matches,
        _ => format!("size(self) < {min} || {matches}"),
    }
}

/// That a number is in bounds.
pub fn range(min: i64, max: i64) -> String {
    format!("self >= {min} && self <= {max}")
}

/// That a duration is well-formed, and zero or in bounds.
pub fn duration(bounds: &Duration) -> String {
    let (min, max) = (bounds.min_seconds, bounds.max_seconds);
    let text = if bounds.is_seconds_too {
        "string(self)"
    } else {
        "self"
    };
    let is_one = matches(text, &cel_pattern(bounds));
    if !bounds.is_seconds_too {
        return format!("{is_one} && (self == '0' || {})", in_bounds(text, bounds));
    }
    let digits = match min {
        0 | 1 => format!("int({text}) >= 0 && int({text}) <= {max}"),
        _ => format!("int({text}) == 0 || (int({text}) >= {min} && int({text}) <= {max})"),
    };
    format!(
        "{is_one} && (({}) ? {} : {digits})",
        has_unit(text),
        in_bounds(text, bounds)
    )
}

fn matches(path: &str, regex: &str) -> String {
    let regex = regex.replace('\\', r"\\").replace('\'', r"\'");
    format!("{path}.matches('{regex}')")
}

fn in_bounds(text: &str, bounds: &Duration) -> String {
    let (min, max) = (bounds.min_seconds, bounds.max_seconds);
    let mut parts = Vec::new();
    if min > 0 {
        parts.push(format!("duration({text}) >= duration('{min}s')"));
    }
    parts.push(format!("duration({text}) <= duration('{max}s')"));
    if bounds.whole_seconds {
        // Of a time, getMilliseconds gives what is beyond the second; of a duration, it gives all.
        let time = format!("timestamp('1970-01-01T00:00:00Z') + duration({text})");
        parts.push(format!("({time}).getMilliseconds() == 0"));
    }
    match min {
        0 => parts.join(" && "),
        _ => format!(
            "duration({text}) == duration('0s') || ({})",
            parts.join(" && ")
        ),
    }
}

/// That a duration, which may be in bare seconds, is not zero. One that is none is refused elsewhere.
fn given(path: &str, bounds: &Duration) -> String {
    let text = format!("string({path})");
    let is_none = format!("!{}", matches(&text, &cel_pattern(bounds)));
    let unit = has_unit(&text);
    format!("{is_none} || (({unit}) ? duration({text}) != duration('0s') : int({text}) != 0)")
}

/// That a string is a duration with units, not digits alone.
fn has_unit(text: &str) -> String {
    ["h", "m", "s"]
        .map(|unit| format!("{text}.endsWith('{unit}')"))
        .join(" || ")
}

/// Where an expression stands.
struct Scope<'a> {
    /// `self.path`
    path: String,
    shape: &'a Shape,
    /// Fields that are known to be there.
    present: &'a [&'a str],
}

/// A piece of CEL and how tightly its outermost operator binds.
struct Term {
    text: String,
    binds: Binding,
    /// A plainer way to say the opposite than a leading `!`.
    opposite: Option<String>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Conditional,
    Or,
    And,
    Relation,
    Tight,
}

impl Term {
    fn new(text: String, binds: Binding) -> Self {
        Self {
            text,
            binds,
            opposite: None,
        }
    }

    /// As an operand of an operator that binds like this.
    fn under(self, binds: Binding) -> String {
        if self.binds > binds {
            self.text
        } else {
            format!("({})", self.text)
        }
    }
}

fn render(expr: &Expr, scope: &Scope<'_>) -> std::result::Result<Term, String> {
    let path = &scope.path;
    match expr {
        Expr::All(parts) => {
            let present: Vec<_> = parts
                .iter()
                .filter_map(has)
                .chain(scope.present.iter().copied())
                .collect();
            let scope = Scope {
                path: path.clone(),
                shape: scope.shape,
                present: &present,
            };
            join(parts, " && ", Binding::And, &scope)
        }
        Expr::Any(parts) => join(parts, " || ", Binding::Or, scope),
        Expr::One(parts) => {
            let count = |part| {
                Ok(format!(
                    "({} ? 1 : 0)",
                    render(part, scope)?.under(Binding::Conditional)
                ))
            };
            let parts = parts
                .iter()
                .map(count)
                .collect::<std::result::Result<Vec<_>, String>>()?;
            Ok(Term::new(
                format!("{} == 1", parts.join(" + ")),
                Binding::Relation,
            ))
        }
        Expr::Not(part) => {
            let term = render(part, scope)?;
            Ok(match term.opposite {
                Some(opposite) => Term::new(opposite, term.binds),
                None => Term::new(
                    format!("!{}", term.under(Binding::Relation)),
                    Binding::Tight,
                ),
            })
        }
        Expr::Has(name) => Ok(Term::new(
            format!("has({path}.{})", field(scope, name)?.0),
            Binding::Tight,
        )),
        Expr::Field(name, part) => {
            let (name, of) = field(scope, name)?;
            let inner = Scope {
                path: format!("{path}.{name}"),
                shape: &of.node.shape,
                present: &[],
            };
            let term = render(part, &inner)?;
            if of.is_required || scope.present.contains(&name) {
                return Ok(term);
            }
            let text = format!("!has({path}.{name}) || {}", term.under(Binding::Or));
            Ok(Term::new(text, Binding::Or))
        }
        Expr::Each(part) => {
            let Shape::List { items, .. } = scope.shape else {
                return Err(format!("{path} is no list"));
            };
            let inner = Scope {
                path: "item".to_owned(),
                shape: &items.shape,
                present: &[],
            };
            let text = format!("{path}.all(item, {})", render(part, &inner)?.text);
            Ok(Term::new(text, Binding::Tight))
        }
        Expr::In(words) => Ok(one_of(path, words)),
        Expr::Given => {
            let Shape::Duration(bounds) = scope.shape else {
                return Err(format!("{path} is no duration"));
            };
            Ok(Term::new(given(path, bounds), Binding::Or))
        }
    }
}

fn one_of(path: &str, words: &[String]) -> Term {
    match words {
        [word] => Term {
            text: format!("{path} == '{word}'"),
            binds: Binding::Relation,
            opposite: Some(format!("{path} != '{word}'")),
        },
        words => Term::new(
            format!("{path} in ['{}']", words.join("', '")),
            Binding::Relation,
        ),
    }
}

fn join(
    parts: &[Expr],
    operator: &str,
    binds: Binding,
    scope: &Scope<'_>,
) -> std::result::Result<Term, String> {
    let parts = parts
        .iter()
        .map(|part| Ok(render(part, scope)?.under(binds)));
    let parts = parts.collect::<std::result::Result<Vec<_>, String>>()?;
    Ok(Term::new(parts.join(operator), binds))
}

fn has(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Has(name) => Some(name),
        _ => None,
    }
}

fn field<'a>(
    scope: &Scope<'a>,
    name: &'a str,
) -> std::result::Result<(&'a str, &'a Field), String> {
    let Shape::Struct(fields) = scope.shape else {
        return Err(format!("{} is no object", scope.path));
    };
    if RESERVED.contains(&name) {
        return Err(format!("{name} is a word that CEL keeps for itself"));
    }
    let known = fields.iter().find(|field| field.name == name);
    known
        .map(|field| (name, field))
        .ok_or_else(|| format!("{name} is no property of {}", scope.path))
}
