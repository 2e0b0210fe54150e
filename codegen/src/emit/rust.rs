//! What the Rust emitters share.

use proc_macro2::TokenStream;
use quote::quote;

use super::made_by;
use crate::{Error, Result};

/// A Rust file, formatted.
pub fn file(source: &str, tokens: TokenStream) -> Result<String> {
    let file = syn::parse2(tokens).map_err(|cause| Error::source(source, cause.to_string()))?;
    Ok(format!(
        "// {}\n\n{}",
        made_by(source),
        spaced(&prettyplease::unparse(&file))
    ))
}

/// With an empty line between items.
fn spaced(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line);
        out.push('\n');
        if ["}", "};", "]", "];"].contains(&line) || line.starts_with("//!") {
            out.push('\n');
        }
    }
    out.trim_end().to_owned() + "\n"
}

/// A doc comment, folded to lines.
pub fn docs(text: &str) -> TokenStream {
    let lines = fold(text, 92).into_iter().map(|line| format!(" {line}"));
    quote!(#(#[doc = #lines])*)
}

fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
