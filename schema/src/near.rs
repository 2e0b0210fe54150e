//! Near misses: what somebody meant who wrote a word that does not exist.

use strsim::osa_distance;

/// Longer words are no typing errors, and comparing costs their length squared.
const WORD_MAX: usize = 64;

/// The one of `known` that is most like `word`, if one is: at most every third letter is another.
#[must_use]
pub fn near<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let word = word.to_lowercase();
    let apart = |known: &&str| osa_distance(&word, &known.to_lowercase());
    let known = known
        .into_iter()
        .filter(|known| apart(known) <= known.len() / 3);
    known.min_by_key(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_leads_to_what_was_meant_and_another_word_to_nothing() {
        let known = ["HTTPRoute", "Gateway", "GatewayClass", "path", "pathType"];
        let check =
            |word: &str, meant: Option<&str>| assert_eq!(near(word, known), meant, "{word}");
        check("HttpRoute", Some("HTTPRoute"));
        check("HTTPRoutes", Some("HTTPRoute"));
        check("Gatway", Some("Gateway"));
        check("pathtype", Some("pathType"));
        check("paht", Some("path"));
        check("Deployment", None);
        check("", None);
        check(&"p".repeat(1000), None);
    }
}
