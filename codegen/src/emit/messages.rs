//! `schema/src/messages.rs`: every message that is no rule of the API.

use heck::ToShoutySnakeCase;
use quote::{format_ident, quote};

use super::rust;
use crate::source::Message;
use crate::{Outputs, Result};

pub fn emit(messages: &[Message]) -> Result<Outputs> {
    let names = messages
        .iter()
        .map(|message| format_ident!("{}", message.id.to_shouty_snake_case()));
    let names: Vec<_> = names.collect();
    let constants = messages.iter().zip(&names).map(|(message, name)| {
        let Message {
            id,
            summary,
            remedy,
        } = message;
        let docs = rust::docs(summary);
        quote! {
            #docs
            pub const #name: Message = Message { id: #id, summary: #summary, remedy: #remedy };
        }
    });
    let tokens = quote! {
        #![doc = " Every message id that is not a rule of our API, with its meaning and remedy."]
        /// A message that a person may meet in `check`, status, log or docs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Message {
            /// Stable: it never changes its meaning.
            pub id: &'static str,
            /// What is wrong.
            pub summary: &'static str,
            /// What to do.
            pub remedy: &'static str,
        }
        #(#constants)*
        /// All of them, sorted by id.
        pub const ALL: &[Message] = &[#(#names),*];
    };
    let text = rust::file("schema/messages.json", tokens)?;
    Ok(Outputs::from([("schema/src/messages.rs".to_owned(), text)]))
}
