use super::cursor::Cursor;
use super::{DOCUMENT_KEYWORDS, lower_node, rule};
use crate::Result;
use crate::duration::CEL_SECONDS_MAX;
use crate::ir::{Duration, Field, Pattern, Rule, Shape, TypeName};
use crate::source::from_json;

/// What any schema may say beside its type and bounds.
const COMMON: [&str; 5] = [
    "type",
    "description",
    "default",
    "x-limpet-doc",
    "x-limpet-example",
];

/// The shape of the schema at `at`, which is no reference, and the rules on it.
pub fn lower(at: &Cursor<'_>) -> Result<(Shape, Vec<Rule>)> {
    let Some(kind) = at.get("type") else {
        return Err(at.error("needs a type"));
    };
    let shape = match kind.value.as_str() {
        Some("object") => {
            let shape = lower_struct(at)?;
            let rules = rule::lower(at, &shape)?;
            return Ok((shape, rules));
        }
        Some("array") => lower_list(at)?,
        Some("string") if at.get("enum").is_some() => {
            only(at, &["enum"])?;
            Shape::Enum(at.words("enum")?)
        }
        Some("string") if at.get("x-limpet-duration").is_some() => lower_duration(at, false)?,
        Some("string") => lower_text(at)?,
        Some("integer") => lower_integer(at)?,
        Some("boolean") => {
            only(at, &[])?;
            Shape::Boolean
        }
        None if kind.value.is_array() => lower_duration(at, true)?,
        _ => return Err(kind.error("cannot be lowered")),
    };
    Ok((shape, Vec::new()))
}

/// Structs are named by their definition, enums also by the struct and field that hold them.
pub fn type_name(at: &Cursor<'_>, shape: &Shape) -> Option<TypeName> {
    matches!(shape, Shape::Struct(_))
        .then(|| at.type_name())
        .flatten()
}

fn only(at: &Cursor<'_>, keywords: &[&str]) -> Result<()> {
    at.only(&[&COMMON, keywords, &DOCUMENT_KEYWORDS].concat())
}

fn lower_struct(at: &Cursor<'_>) -> Result<Shape> {
    only(at, &["properties", "required", "allOf"])?;
    if at.type_name().is_none() {
        return Err(at.error("an object inside an object needs a name: move it to $defs"));
    }
    let required = at.words("required")?;
    let Some(properties) = at.get("properties") else {
        return Err(at.error("needs properties"));
    };
    let mut fields = Vec::new();
    for property in properties.fields() {
        let name = property.key().to_owned();
        let mut node = lower_node(&property)?;
        if matches!(node.shape, Shape::Enum(_)) && node.name.is_none() {
            node.name = at.type_name().map(|owner| enum_name(owner, &name));
        }
        fields.push(Field {
            is_required: required.contains(&name),
            name,
            node,
        });
    }
    match required
        .iter()
        .find(|name| fields.iter().all(|field| field.name != **name))
    {
        Some(name) => Err(at.error(format!("requires {name}, which is no property"))),
        None => Ok(Shape::Struct(fields)),
    }
}

/// `SessionAffinity` and `affinityType` make `SessionAffinityType`.
fn enum_name(owner: TypeName, field: &str) -> TypeName {
    let field = heck::AsUpperCamelCase(field).to_string();
    let overlap = (0..=field.len())
        .rev()
        .find(|&len| owner.ident.ends_with(&field[..len]));
    let ident = format!("{}{}", owner.ident, &field[overlap.unwrap_or(0)..]);
    TypeName { ident, ..owner }
}

fn lower_list(at: &Cursor<'_>) -> Result<Shape> {
    only(at, &["items", "maxItems", "x-limpet-list"])?;
    let Some(items) = at.get("items") else {
        return Err(at.error("needs items"));
    };
    let keys = at
        .get("x-limpet-list")
        .map_or(Ok(Vec::new()), |list| list.words("keys"))?;
    let items = Box::new(lower_node(&items)?);
    let is_key = |key: &String| match &items.shape {
        Shape::Struct(fields) => fields
            .iter()
            .any(|field| field.name == *key && field.is_required),
        _ => false,
    };
    match keys.iter().find(|key| !is_key(key)) {
        Some(key) => Err(at.error(format!("{key} is no required field of the items"))),
        None => Ok(Shape::List {
            items,
            max: at.size("maxItems")?,
            keys,
        }),
    }
}

fn lower_text(at: &Cursor<'_>) -> Result<Shape> {
    only(at, &["minLength", "maxLength", "pattern", "x-limpet-says"])?;
    let pattern = match at.get("pattern") {
        Some(_) => {
            let (regex, says) = (at.text("pattern")?, at.text("x-limpet-says")?);
            regex::Regex::new(&regex).map_err(|cause| at.error(cause.to_string()))?;
            Some(Pattern { regex, says })
        }
        None => None,
    };
    let min = at
        .get("minLength")
        .map_or(Ok(0), |_| at.size("minLength"))?;
    Ok(Shape::Text {
        min,
        max: at.size("maxLength")?,
        pattern,
    })
}

fn lower_integer(at: &Cursor<'_>) -> Result<Shape> {
    if let Some(numbers) = at.get("enum") {
        only(at, &["enum"])?;
        let number = |at: Cursor<'_>| at.value.as_i64().ok_or_else(|| at.error("not an integer"));
        return Ok(Shape::IntegerEnum(
            numbers.items().map(number).collect::<Result<_>>()?,
        ));
    }
    only(at, &["minimum", "maximum"])?;
    Ok(Shape::Integer {
        min: at.number("minimum")?,
        max: at.number("maximum")?,
    })
}

fn lower_duration(at: &Cursor<'_>, is_seconds_too: bool) -> Result<Shape> {
    only(at, &["x-limpet-duration", "x-limpet-says"])?;
    let Some(given) = at.get("x-limpet-duration") else {
        return Err(at.error("integer or string: only a duration can be both"));
    };
    let says = at.text("x-limpet-says")?;
    let bounds: Duration = from_json(&given.at(), given.value.clone())?;
    if bounds.max_seconds >= CEL_SECONDS_MAX {
        return Err(given.error(format!("maxSeconds is {CEL_SECONDS_MAX} or more")));
    }
    Ok(Shape::Duration(Duration {
        is_seconds_too,
        says,
        ..bounds
    }))
}
