//! Precedence against a slow reading of the Gateway API's words.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

type Sample = (Match, Owner);

/// HTTPRouteRule.matches, sentence by sentence.
fn oracle((a, of_a): &Sample, (b, of_b): &Sample) -> Ordering {
    let is_exact = |when: &Match| matches!(when.path, PathMatch::Exact(_));
    let is_regex = |when: &Match| matches!(when.path, PathMatch::Regex(_));
    let chars = |when: &Match| match &when.path {
        PathMatch::Exact(path) | PathMatch::Regex(path) | PathMatch::Prefix(path) => {
            path.chars().count()
        }
    };
    if is_exact(a) != is_exact(b) {
        return if is_exact(a) {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    if is_regex(a) != is_regex(b) {
        return if is_regex(a) {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    for (one, other) in [
        (chars(a), chars(b)),
        (
            usize::from(a.method.is_some()),
            usize::from(b.method.is_some()),
        ),
        (a.headers.len(), b.headers.len()),
        (a.query.len(), b.query.len()),
    ] {
        if one != other {
            return if one > other {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
    }
    of_a.cmp(of_b)
}

fn sample() -> impl Strategy<Value = Sample> {
    let path = "/[a-c]{0,3}".prop_flat_map(|path| {
        prop_oneof![
            Just(PathMatch::Exact(path.clone())),
            Just(PathMatch::Regex(path.clone())),
            Just(PathMatch::Prefix(path)),
        ]
    });
    let values = || {
        let value = |name: String| ValueMatch {
            name,
            value: TextMatch::Exact(String::new()),
        };
        prop::collection::vec("[a-b]".prop_map(value), 0..3)
    };
    let method = prop::option::of("GET|PUT");
    let owner =
        ("[a-c]", "[a-c]", 0_usize..3, 0_usize..3).prop_map(|(namespace, name, rule, index)| {
            (None, ObjectKey::new(&namespace, &name), rule, index)
        });
    (path, method, values(), values(), owner).prop_map(|(path, method, headers, query, owner)| {
        (
            Match {
                path,
                method,
                headers,
                query,
            },
            owner,
        )
    })
}

proptest! {
    #[test]
    fn precedence_is_what_the_gateway_api_says(a in sample(), b in sample()) {
        let of = |(when, owner): &Sample| Precedence::of(when, owner.clone());
        prop_assert_eq!(of(&a).cmp(&of(&b)), oracle(&a, &b));
    }
}

#[test]
fn an_expression_is_refused_unless_it_compiles_alone_and_as_a_whole_value() {
    let check = |text: &str, is_sound: bool| assert_eq!(regex(text).is_ok(), is_sound, "{text}");
    check("/v[0-9]+|/latest", true);
    check("/(unclosed", false);
    check("a)(b", false);
    check("(?x)a # b", false);
    check("(?x)a # b\n", true);
    check("[a-z]{60}{60}{60}", false);
    check(r"\w{1,40}", true);
}
