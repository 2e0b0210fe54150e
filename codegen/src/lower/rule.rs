use super::cursor::Cursor;
use crate::Result;
use crate::ir::{Expr, Rule, RuleMeta, Shape};
use crate::source::from_json;

/// The rules in `allOf` of the object at `at`.
pub fn lower(at: &Cursor<'_>, shape: &Shape) -> Result<Vec<Rule>> {
    let Some(rules) = at.get("allOf") else {
        return Ok(Vec::new());
    };
    rules.items().map(|rule| lower_rule(&rule, shape)).collect()
}

fn lower_rule(at: &Cursor<'_>, shape: &Shape) -> Result<Rule> {
    let Some(meta) = at.get("x-limpet-rule") else {
        return Err(at.error("needs x-limpet-rule"));
    };
    let meta: RuleMeta = from_json(&meta.at(), meta.value.clone())?;
    if !meta.field.is_empty() && field(shape, &meta.field).is_none() {
        return Err(at.error(format!("blames {}, which is no property", meta.field)));
    }
    let holds = lower_condition(at, shape)?;
    Ok(Rule { meta, holds })
}

/// A condition on a value of this shape: the conjunction of its keywords.
fn lower_condition(at: &Cursor<'_>, shape: &Shape) -> Result<Expr> {
    let mut parts = Vec::new();
    for keyword in at.fields() {
        match keyword.key() {
            "x-limpet-rule" | "then" | "else" => {}
            "if" => parts.push(lower_conditional(at, &keyword, shape)?),
            "required" => parts.extend(lower_required(at, &keyword, shape)?),
            "properties" => parts.extend(lower_properties(&keyword, shape)?),
            _ => parts.push(lower_keyword(at, &keyword, shape)?),
        }
    }
    match parts.len() {
        0 => Err(at.error("states nothing")),
        1 => Ok(parts.remove(0)),
        _ => Ok(Expr::All(parts)),
    }
}

fn lower_keyword(at: &Cursor<'_>, keyword: &Cursor<'_>, shape: &Shape) -> Result<Expr> {
    match (keyword.key(), shape) {
        ("not", _) => Ok(Expr::Not(Box::new(lower_condition(keyword, shape)?))),
        ("allOf", _) => Ok(Expr::All(lower_all(keyword, shape)?)),
        ("anyOf", _) => Ok(Expr::Any(lower_all(keyword, shape)?)),
        ("oneOf", _) => Ok(Expr::One(lower_all(keyword, shape)?)),
        ("items", Shape::List { items, .. }) => Ok(Expr::Each(Box::new(lower_condition(
            keyword,
            &items.shape,
        )?))),
        ("const", Shape::Enum(_)) => lower_words(keyword, shape, vec![at.text("const")?]),
        ("enum", Shape::Enum(_)) => lower_words(keyword, shape, at.words("enum")?),
        ("x-limpet-given", Shape::Duration(duration)) if duration.is_seconds_too => Ok(Expr::Given),
        _ => Err(keyword.error("cannot be lowered here")),
    }
}

/// `if A then B else C` is `(not A or B) and (A or C)`.
fn lower_conditional(at: &Cursor<'_>, condition: &Cursor<'_>, shape: &Shape) -> Result<Expr> {
    let condition = lower_condition(condition, shape)?;
    let branch = |keyword| {
        at.get(keyword)
            .map(|at| lower_condition(&at, shape))
            .transpose()
    };
    let negated = Expr::Not(Box::new(condition.clone()));
    let then = branch("then")?.map(|then| Expr::Any(vec![negated, then]));
    let otherwise = branch("else")?.map(|otherwise| Expr::Any(vec![condition, otherwise]));
    match (then, otherwise) {
        (Some(then), Some(otherwise)) => Ok(Expr::All(vec![then, otherwise])),
        (Some(one), None) | (None, Some(one)) => Ok(one),
        (None, None) => Err(at.error("if without then and else states nothing")),
    }
}

fn lower_required(at: &Cursor<'_>, keyword: &Cursor<'_>, shape: &Shape) -> Result<Vec<Expr>> {
    let names = at.words("required")?;
    names
        .iter()
        .try_for_each(|name| expect_field(keyword, shape, name).map(drop))?;
    Ok(names.into_iter().map(Expr::Has).collect())
}

fn lower_properties(keyword: &Cursor<'_>, shape: &Shape) -> Result<Vec<Expr>> {
    let lower = |property: Cursor<'_>| {
        let name = property.key().to_owned();
        let holds = lower_condition(&property, expect_field(&property, shape, &name)?)?;
        Ok(Expr::Field(name, Box::new(holds)))
    };
    keyword.fields().map(lower).collect()
}

fn lower_all(list: &Cursor<'_>, shape: &Shape) -> Result<Vec<Expr>> {
    list.items()
        .map(|item| lower_condition(&item, shape))
        .collect()
}

/// Words that the value may be: all of them words of its enum.
fn lower_words(at: &Cursor<'_>, shape: &Shape, words: Vec<String>) -> Result<Expr> {
    let Shape::Enum(known) = shape else {
        return Err(at.error("is about no enum"));
    };
    match words.iter().find(|word| !known.contains(word)) {
        Some(word) => Err(at.error(format!("{word} is none of the words of this enum"))),
        None => Ok(Expr::In(words)),
    }
}

fn expect_field<'a>(at: &Cursor<'_>, shape: &'a Shape, name: &str) -> Result<&'a Shape> {
    field(shape, name).ok_or_else(|| at.error(format!("{name} is no property here")))
}

fn field<'a>(shape: &'a Shape, name: &str) -> Option<&'a Shape> {
    let Shape::Struct(fields) = shape else {
        return None;
    };
    fields
        .iter()
        .find(|field| field.name == name)
        .map(|field| &field.node.shape)
}
