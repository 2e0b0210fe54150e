//! `schema/src/generated/rules.rs`: the rule table that `limpet_schema::rules::check` reads.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToShoutySnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::rust;
use crate::ir::{Api, Expr, Field, Kind, Node, Pattern, Rule, Shape};
use crate::{Outputs, Result};

pub fn emit(api: &Api) -> Result<Outputs> {
    let mut structs = BTreeMap::new();
    let mut patterns = BTreeSet::new();
    for kind in &api.kinds {
        kind.root.walk(&mut |node| match &node.shape {
            Shape::Struct(_) if !std::ptr::eq(node, &kind.root) => {
                structs.insert(static_name(node), node);
            }
            Shape::Text {
                pattern: Some(pattern),
                ..
            } => {
                patterns.insert(pattern);
            }
            _ => {}
        });
    }
    let table = Table {
        patterns: patterns.into_iter().collect(),
    };
    let kinds = api.kinds.iter().map(|kind| table.kind(kind));
    let names = api.kinds.iter().map(kind_name);
    let structs = structs.into_iter().map(|(name, node)| {
        let node = table.inline(node);
        quote!(static #name: Node = #node;)
    });
    let patterns = table.patterns.iter().enumerate().map(|(index, pattern)| {
        let (name, Pattern { regex, says }) = (format_ident!("PATTERN_{index}"), pattern);
        quote!(static #name: Pattern = Pattern::new(#regex, #says);)
    });
    let tokens = quote! {
        #![doc = " The rules of every kind."]
        use crate::problem::Reason;
        use crate::rules::{Duration, Expr, Field, Kind, Node, Pattern, Rule, Shape};
        /// All kinds, sorted by name.
        pub static KINDS: &[&Kind] = &[#(&#names),*];
        #(#kinds)*
        #(#structs)*
        #(#patterns)*
    };
    let text = rust::file("schema/*.schema.json", tokens)?;
    Ok(Outputs::from([(
        "schema/src/generated/rules.rs".to_owned(),
        text,
    )]))
}

fn kind_name(kind: &Kind) -> Ident {
    format_ident!("{}", kind.meta.kind.to_shouty_snake_case())
}

fn static_name(node: &Node) -> Ident {
    let name = node.name.as_ref().expect("every struct is named");
    format_ident!("{}_NODE", name.ident.to_shouty_snake_case())
}

struct Table<'a> {
    patterns: Vec<&'a Pattern>,
}

impl Table<'_> {
    fn kind(&self, kind: &Kind) -> TokenStream {
        let name = kind_name(kind);
        let docs = format!(" The rules of {}.", kind.meta.kind);
        let (group, version) = (&kind.meta.group, &kind.meta.version);
        let (kind_text, plural) = (&kind.meta.kind, &kind.meta.plural);
        let root = self.inline(&kind.root);
        quote! {
            #[doc = #docs]
            pub static #name: Kind = Kind {
                group: #group, version: #version, kind: #kind_text, plural: #plural, root: &#root,
            };
        }
    }

    /// A reference to a node: structs are declared once.
    fn reference(&self, node: &Node) -> TokenStream {
        if let Shape::Struct(_) = node.shape {
            let name = static_name(node);
            return quote!(&#name);
        }
        let node = self.inline(node);
        quote!(&#node)
    }

    fn inline(&self, node: &Node) -> TokenStream {
        let shape = self.shape(&node.shape);
        let rules = node.rules.iter().map(rule);
        quote!(Node { shape: #shape, rules: &[#(#rules),*] })
    }

    fn shape(&self, shape: &Shape) -> TokenStream {
        match shape {
            Shape::Struct(fields) => {
                let fields = fields.iter().map(|field| self.field(field));
                quote!(Shape::Struct(&[#(#fields),*]))
            }
            Shape::List { items, max, keys } => {
                let items = self.reference(items);
                quote!(Shape::List { items: #items, max: #max, keys: &[#(#keys),*] })
            }
            Shape::Enum(words) => quote!(Shape::Enum(&[#(#words),*])),
            Shape::Text { min, max, pattern } => {
                let pattern = self.pattern(pattern.as_ref());
                quote!(Shape::Text { min: #min, max: #max, pattern: #pattern })
            }
            Shape::Integer { min, max } => quote!(Shape::Integer { min: #min, max: #max }),
            Shape::IntegerEnum(numbers) => quote!(Shape::IntegerEnum(&[#(#numbers),*])),
            Shape::Boolean => quote!(Shape::Boolean),
            Shape::Duration(bounds) => {
                let (seconds, whole) = (bounds.is_seconds_too, bounds.whole_seconds);
                let (min, max, says) = (bounds.min_seconds, bounds.max_seconds, &bounds.says);
                quote!(Shape::Duration(Duration {
                    is_seconds_too: #seconds, min_secs: #min, max_secs: #max, is_whole_secs: #whole,
                    says: #says,
                }))
            }
        }
    }

    fn field(&self, field: &Field) -> TokenStream {
        let (name, description) = (&field.name, &field.node.docs.description);
        let is_required = field.is_required;
        let node = self.reference(&field.node);
        let default = match field.node.default.as_ref().map(ToString::to_string) {
            Some(json) => quote!(Some(#json)),
            None => quote!(None),
        };
        quote!(Field {
            name: #name, description: #description, is_required: #is_required, default: #default,
            node: #node,
        })
    }

    fn pattern(&self, pattern: Option<&Pattern>) -> TokenStream {
        let index = self
            .patterns
            .iter()
            .position(|known| Some(*known) == pattern);
        match index.map(|index| format_ident!("PATTERN_{index}")) {
            Some(name) => quote!(Some(&#name)),
            None => quote!(None),
        }
    }
}

fn rule(rule: &Rule) -> TokenStream {
    let meta = &rule.meta;
    let (id, field, message) = (&meta.id, &meta.field, &meta.message);
    let reason = format_ident!("{}", meta.reason);
    let holds = expr(&rule.holds);
    quote!(Rule { id: #id, field: #field, reason: Reason::#reason, message: #message, holds: #holds })
}

fn expr(of: &Expr) -> TokenStream {
    let list = |parts: &[Expr]| {
        let parts = parts.iter().map(expr);
        quote!(&[#(#parts),*])
    };
    let (name, operands) = match of {
        Expr::All(parts) => ("All", list(parts)),
        Expr::Any(parts) => ("Any", list(parts)),
        Expr::One(parts) => ("One", list(parts)),
        Expr::Not(part) => ("Not", reference(part)),
        Expr::Has(field) => ("Has", quote!(#field)),
        Expr::Field(field, part) => {
            let part = reference(part);
            ("Field", quote!(#field, #part))
        }
        Expr::Each(part) => ("Each", reference(part)),
        Expr::In(words) => ("In", quote!(&[#(#words),*])),
        Expr::Given => return quote!(Expr::Given),
    };
    let name = format_ident!("{name}");
    quote!(Expr::#name(#operands))
}

fn reference(of: &Expr) -> TokenStream {
    let inner = expr(of);
    quote!(&#inner)
}
