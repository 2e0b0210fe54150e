//! Whose an Ingress is.

use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use limpet_schema::messages;

use super::super::Settings;
use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;

/// How classes were named before `spec.ingressClassName`.
const LEGACY: &str = "kubernetes.io/ingress.class";

/// What makes a class the one of Ingresses that name none.
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

/// Whose it is.
pub enum Verdict {
    /// Ours.
    Ours,
    /// Of a class that somebody else serves.
    AnotherControllers,
    /// Of a class that nobody describes, or of none; with a warning.
    Nobodys(String),
}

/// By `spec.ingressClassName`, else by the annotation of old, else by the default class.
pub fn judge(ingress: &Ingress, inputs: &Inputs, settings: &Settings) -> Verdict {
    let is_controlled =
        |class: &IngressClass| controller(class) == Some(settings.controller_name.as_str());
    if let Some(name) = name(ingress) {
        return match inputs.ingress_classes.get(&ObjectKey::new("", name)) {
            Some(class) if is_controlled(class) => Verdict::Ours,
            Some(_) => Verdict::AnotherControllers,
            None if settings.class_names.iter().any(|ours| ours == name) => Verdict::Ours,
            None => Verdict::Nobodys(warning(
                &format!("class {name:?} is not one of Limpet's"),
                settings,
            )),
        };
    }
    let mut defaults = inputs
        .ingress_classes
        .values()
        .filter(|class| is_default(class));
    match defaults.next() {
        Some(class) if is_controlled(class) => Verdict::Ours,
        Some(_) => Verdict::AnotherControllers,
        None => Verdict::Nobodys(warning(
            "no class is given, and none is the default",
            settings,
        )),
    }
}

fn name(ingress: &Ingress) -> Option<&str> {
    let named = ingress
        .spec
        .as_ref()
        .and_then(|spec| spec.ingress_class_name.as_deref());
    let annotations = ingress.metadata.annotations.as_ref();
    named.or_else(|| {
        annotations
            .and_then(|notes| notes.get(LEGACY))
            .map(String::as_str)
    })
}

fn controller(class: &IngressClass) -> Option<&str> {
    class
        .spec
        .as_ref()
        .and_then(|spec| spec.controller.as_deref())
}

fn is_default(class: &IngressClass) -> bool {
    let annotations = class.metadata.annotations.as_ref();
    annotations
        .and_then(|notes| notes.get(DEFAULT))
        .is_some_and(|is| is == "true")
}

fn warning(what: &str, settings: &Settings) -> String {
    let text = format!(
        "spec.ingressClassName: {what}; use {}",
        settings.class_names.join(", ")
    );
    with_id(text, &messages::CLASS_UNKNOWN)
}
