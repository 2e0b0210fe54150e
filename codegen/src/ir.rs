//! What a source says, with references resolved: the one form that all outputs are made from.

use serde::Deserialize;
use serde_json::Value;

/// All of the API.
#[derive(Debug)]
pub struct Api {
    /// Sorted by name.
    pub kinds: Vec<Kind>,
    /// Examples of shapes that are no kinds, by the shape's name.
    pub shape_examples: Vec<(TypeName, Examples)>,
}

/// A kind of object.
#[derive(Debug)]
pub struct Kind {
    /// Its names and how `kubectl` shows it.
    pub meta: KindMeta,
    /// `spec` and `status`.
    pub root: Node,
    /// Whole objects.
    pub examples: Examples,
}

/// `x-limpet-kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KindMeta {
    /// API group.
    pub group: String,
    /// API version.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Resource name.
    pub plural: String,
    /// Singular name.
    pub singular: String,
    /// `Namespaced` or `Cluster`.
    pub scope: String,
    /// Columns of `kubectl get`.
    pub printer_columns: Vec<PrinterColumn>,
}

/// A column of `kubectl get`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrinterColumn {
    /// Heading.
    pub name: String,
    /// `string`, `date`.
    pub r#type: String,
    /// Where the value is.
    pub json_path: String,
}

/// What one value may be.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where in the sources.
    pub at: String,
    /// The Rust type of a struct or enum.
    pub name: Option<TypeName>,
    /// What it means in this place.
    pub docs: Docs,
    /// What its type means wherever it is used.
    pub type_docs: Docs,
    /// A value that is allowed.
    pub example: Option<Value>,
    /// What the API server puts in when it is absent.
    pub default: Option<Value>,
    /// Type and bounds.
    pub shape: Shape,
    /// What must hold among its fields.
    pub rules: Vec<Rule>,
}

/// Words for people.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    /// What it means, in a sentence or two.
    pub description: String,
    /// What else to know; empty if nothing.
    pub note: String,
}

/// A Rust type: the file that declares it and its name there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeName {
    /// `session_affinity`
    pub module: String,
    /// `SessionAffinity`
    pub ident: String,
}

/// A type with its bounds.
#[derive(Clone, Debug)]
pub enum Shape {
    /// An object.
    Struct(Vec<Field>),
    /// A list.
    List {
        /// Each item.
        items: Box<Node>,
        /// The longest list.
        max: usize,
        /// The fields that no two items may share.
        keys: Vec<String>,
    },
    /// One of a few words.
    Enum(Vec<String>),
    /// A string.
    Text {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
        /// What they may be.
        pattern: Option<Pattern>,
    },
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// One of a few whole numbers.
    IntegerEnum(Vec<i64>),
    /// `true` or `false`.
    Boolean,
    /// A length of time.
    Duration(Duration),
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in the API.
    pub name: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What its value may be.
    pub node: Node,
}

/// A regular expression and its meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// In the dialect that RE2 and Rust share.
    pub regex: String,
    /// What it allows, beginning with "must".
    pub says: String,
}

/// `x-limpet-duration`. Zero is always allowed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Duration {
    /// The least, zero apart.
    pub min_seconds: u32,
    /// The greatest.
    pub max_seconds: u32,
    /// Whether fractions of a second are refused.
    pub whole_seconds: bool,
    /// Whether integers, and digits without a unit, stand for seconds.
    #[serde(skip)]
    pub is_seconds_too: bool,
    /// What is allowed, beginning with "must".
    #[serde(skip)]
    pub says: String,
}

/// Something that must hold among the fields of an object.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its names and text.
    pub meta: RuleMeta,
    /// What must hold.
    pub holds: Expr,
}

/// `x-limpet-rule`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleMeta {
    /// Stable id.
    pub id: String,
    /// The field that is to blame; empty: the object.
    #[serde(default)]
    pub field: String,
    /// `Required`, `Invalid`, `Forbidden` or `Duplicate`: what CEL rules can have.
    pub reason: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A condition on a value; on another type than it is about, it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All of them hold.
    All(Vec<Expr>),
    /// At least one holds.
    Any(Vec<Expr>),
    /// Exactly one holds.
    One(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// The object has the field.
    Has(String),
    /// It holds for the field's value, or there is none.
    Field(String, Box<Expr>),
    /// It holds for every item.
    Each(Box<Expr>),
    /// The string is one of these.
    In(Vec<String>),
    /// The duration is not zero.
    Given,
}

/// `x-limpet-examples`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Must be accepted.
    pub valid: Vec<ValidExample>,
    /// Must be refused.
    pub invalid: Vec<InvalidExample>,
}

/// An example that must be accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidExample {
    /// What it shows, in kebab case.
    pub name: String,
    /// The example.
    pub value: Value,
}

/// An example that must be refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvalidExample {
    /// What it shows, in kebab case.
    pub name: String,
    /// The example.
    pub value: Value,
    /// Exactly what must be found, in this order.
    pub problems: Vec<Expected>,
}

/// A problem that an invalid example must give.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The message's or rule's id.
    pub id: String,
    /// The field named.
    pub field: String,
}

impl Node {
    /// Calls `visit` for this node and all below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match &self.shape {
            Shape::Struct(fields) => fields.iter().for_each(|field| field.node.walk(visit)),
            Shape::List { items, .. } => items.walk(visit),
            _ => {}
        }
    }
}
