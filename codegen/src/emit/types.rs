//! `schema/src/generated/*.rs`: the kinds as Rust types.
//!
//! They tolerate unknown fields and check nothing that a Rust type does not: the rule table does.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::rust;
use crate::ir::{Api, Field, Kind, KindMeta, Node, Shape, TypeName};
use crate::{Error, Outputs, Result};

pub fn emit(api: &Api) -> Result<Outputs> {
    let mut files = BTreeMap::<&str, Vec<TokenStream>>::new();
    for (name, declared) in collect(api)? {
        let tokens = match &declared.node.shape {
            Shape::Enum(words) => emit_enum(name, declared.node, words),
            Shape::Struct(fields) => emit_struct(name, &declared, fields),
            _ => continue,
        };
        files.entry(&name.module).or_default().push(tokens);
    }
    files
        .into_iter()
        .map(|(module, types)| emit_file(module, &types))
        .collect()
}

fn emit_file(module: &str, types: &[TokenStream]) -> Result<(String, String)> {
    let source = format!("schema/{}.schema.json", module.replace('_', "-"));
    let docs = format!(" The types of `{source}`.");
    let text = rust::file(&source, quote!(#![doc = #docs] #(#types)*))?;
    Ok((format!("schema/src/generated/{module}.rs"), text))
}

/// A type to declare.
struct Declared<'a> {
    node: &'a Node,
    /// The kind whose `spec` this is.
    spec_of: Option<&'a KindMeta>,
}

/// The types by name. The roots are left out: `kube` declares them.
fn collect(api: &Api) -> Result<BTreeMap<&TypeName, Declared<'_>>> {
    let mut types = BTreeMap::<&TypeName, Declared<'_>>::new();
    let mut twice = None;
    for kind in &api.kinds {
        for field in root_fields(kind) {
            field.node.walk(&mut |node| {
                let Some(name) = &node.name else { return };
                let is_spec = field.name == "spec" && std::ptr::eq(node, &field.node);
                let spec_of = is_spec.then_some(&kind.meta);
                let known = types.entry(name).or_insert(Declared { node, spec_of });
                if known.node.at != node.at {
                    twice = Some(Error::source(
                        &node.at,
                        format!("{} is declared twice", name.ident),
                    ));
                }
            });
        }
    }
    twice.map_or(Ok(types), Err)
}

fn root_fields(kind: &Kind) -> &[Field] {
    match &kind.root.shape {
        Shape::Struct(fields) => fields,
        _ => &[],
    }
}

fn emit_struct(name: &TypeName, declared: &Declared<'_>, fields: &[Field]) -> TokenStream {
    let ident = format_ident!("{}", name.ident);
    let docs = rust::docs(&declared.node.type_docs.description);
    let fields = fields.iter().map(|field| emit_field(&name.module, field));
    let derive = quote!(
        Clone,
        Debug,
        PartialEq,
        Eq,
        serde::Serialize,
        serde::Deserialize
    );
    let kube = declared.spec_of.map(emit_kube);
    let (resource, kube) = (kube.as_ref().map(|_| quote!(kube::CustomResource,)), &kube);
    quote! {
        #docs
        #[derive(#resource #derive)]
        #kube
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields)* }
    }
}

fn emit_kube(meta: &KindMeta) -> TokenStream {
    let KindMeta {
        group,
        version,
        kind,
        plural,
        singular,
        scope,
        ..
    } = meta;
    let namespaced = (scope == "Namespaced").then(|| quote!(namespaced,));
    let status = format!("{kind}Status");
    let docs = format!("A {kind}: metadata, spec and status.");
    quote! {
        #[kube(
            group = #group, version = #version, kind = #kind, plural = #plural,
            singular = #singular, #namespaced status = #status, schema = "disabled",
            derive = "PartialEq", doc = #docs
        )]
    }
}

fn emit_field(module: &str, field: &Field) -> TokenStream {
    let name = format_ident!("r#{}", field.name.to_snake_case());
    let name = syn::parse_str::<syn::Ident>(&field.name.to_snake_case()).unwrap_or(name);
    let docs = rust::docs(&field.node.docs.description);
    let inner = rust_type(module, &field.node);
    let (attribute, inner) = match &field.node.shape {
        _ if field.is_required => (None, inner),
        Shape::List { .. } => (
            Some(quote!(#[serde(
                default, deserialize_with = "crate::api::null_as_empty",
                skip_serializing_if = "Vec::is_empty"
            )])),
            inner,
        ),
        _ => {
            let attribute = quote!(#[serde(default, skip_serializing_if = "Option::is_none")]);
            (Some(attribute), quote!(Option<#inner>))
        }
    };
    quote!(#docs #attribute pub #name: #inner,)
}

fn rust_type(module: &str, node: &Node) -> TokenStream {
    if let Some(name) = &node.name {
        let (file, ident) = (
            format_ident!("{}", name.module),
            format_ident!("{}", name.ident),
        );
        return if name.module == module {
            quote!(#ident)
        } else {
            quote!(super::#file::#ident)
        };
    }
    match &node.shape {
        Shape::List { items, .. } => {
            let items = rust_type(module, items);
            quote!(Vec<#items>)
        }
        Shape::Integer { min, max } => integer_type(*min, *max),
        Shape::IntegerEnum(numbers) => {
            let (min, max) = (numbers.iter().min(), numbers.iter().max());
            integer_type(*min.unwrap_or(&0), *max.unwrap_or(&0))
        }
        Shape::Boolean => quote!(bool),
        Shape::Duration(duration) if duration.is_seconds_too => {
            quote!(crate::duration::IntOrString)
        }
        Shape::Struct(_) | Shape::Enum(_) | Shape::Text { .. } | Shape::Duration(_) => {
            quote!(String)
        }
    }
}

/// The smallest of the usual types that holds the bounds.
fn integer_type(min: i64, max: i64) -> TokenStream {
    match (
        u16::try_from(min),
        u16::try_from(max),
        u32::try_from(min),
        u32::try_from(max),
    ) {
        (Ok(_), Ok(_), ..) => quote!(u16),
        (.., Ok(_), Ok(_)) => quote!(u32),
        _ => quote!(i64),
    }
}

fn emit_enum(name: &TypeName, node: &Node, words: &[String]) -> TokenStream {
    let ident = format_ident!("{}", name.ident);
    let docs = rust::docs(&node.type_docs.description);
    let variants = words.iter().map(|word| {
        let variant = format_ident!("{}", word.to_upper_camel_case());
        let docs = format!(" `{word}`");
        quote!(#[doc = #docs] #[serde(rename = #word)] #variant,)
    });
    quote! {
        #docs
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum #ident { #(#variants)* }
    }
}
