//! What a field or a message id means: the text of `limpet explain` and `limpet-codegen explain`.

use crate::generated::topics::TOPICS;

/// Explains a field (`RoutePolicy.spec.targetRef`, `spec.default.sessionAffinity.cookieName`,
/// `spec.rules[0].host`), a kind, or a message id. `None`: there is no such thing, see [`topics`].
///
/// A path without a kind may be one of several: all of them are explained.
#[must_use]
pub fn explain(query: &str) -> Option<String> {
    let query = without_indices(query.trim().trim_matches(['[', ']', '.']));
    let is_meant = |topic: &str| {
        let path = topic.split_once('.').map(|(_, path)| path);
        topic == query || path == Some(query.as_str())
    };
    let texts = TOPICS
        .iter()
        .filter(|(topic, _)| is_meant(topic))
        .map(|(_, text)| *text);
    let texts: Vec<_> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// Everything that can be explained, sorted: for suggestions.
pub fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|(topic, _)| *topic)
}

/// `spec.rules[0].host` as `spec.rules.host`.
fn without_indices(path: &str) -> String {
    let mut is_inside = false;
    let mut keep = |c: char| {
        let is_kept = !is_inside && c != '[';
        is_inside = (is_inside || c == '[') && c != ']';
        is_kept
    };
    path.chars().filter(|&c| keep(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_explained_with_and_without_its_kind() {
        let text = explain("spec.default.sessionAffinity.cookieName").expect("a field");
        for part in [
            "RFC 6265",
            "at most 128 characters",
            "[affinity-cookie-name-required]",
        ] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert_eq!(
            explain("RoutePolicy.spec.default.sessionAffinity.cookieName"),
            Some(text)
        );
    }

    #[test]
    fn a_path_from_a_problem_is_explained() {
        assert_eq!(
            explain("spec.rules[12].host"),
            explain("IngressExtension.spec.rules.host")
        );
        assert!(explain("spec.rules[12].host").is_some());
    }

    #[test]
    fn ids_are_explained_with_their_remedy() {
        assert!(explain("field-enum").is_some_and(|text| text.contains("What to do: ")));
        assert!(explain("[rewrite-url]").is_some_and(|text| text.contains("spec.rules.rewrites")));
    }

    #[test]
    fn an_unknown_topic_is_none() {
        assert_eq!(explain("spec.nothing"), None);
        assert_eq!(explain(""), None);
    }
}
