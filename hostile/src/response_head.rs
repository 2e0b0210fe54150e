//! Response heads: read alike however they are cut, and answered with the meaning they came with.

use limpet_dataplane::testing::{self, Fields, Framing, Response};

use crate::{cuts, is_grown_past_a_bound};

/// Judges a response's head as the answer to a GET and to a HEAD.
pub fn response_head(bytes: &[u8]) {
    for method in ["GET", "HEAD"] {
        let read = |pieces: &[&[u8]]| {
            let found = testing::response(pieces.iter().copied(), method);
            found.map(|found| found.map(|(head, len)| (meaning(&head), len)))
        };
        let whole = read(&[bytes]);
        for pieces in cuts::ways(bytes) {
            assert_eq!(read(&pieces), whole, "cut into {pieces:?}");
        }
        if let Ok(Some((response, _))) = testing::response([bytes], method) {
            answering_keeps_the_meaning(&response, method);
        }
    }
}

fn meaning(response: &Response) -> (u16, Fields, Framing) {
    (response.status(), response.fields(), response.framing)
}

fn answering_keeps_the_meaning(came: &Response, method: &str) {
    let mut head = Vec::new();
    came.answer(&mut head);
    let went = testing::response([head.as_slice()], method);
    if went
        .as_ref()
        .is_err_and(|refusal| is_grown_past_a_bound(*refusal))
    {
        return;
    }
    let (went, len) = went
        .expect("what is answered is strict")
        .expect("what is answered is whole");
    assert_eq!(len, head.len());
    let travels = |fields: Fields| -> Fields {
        let fields = fields.into_iter();
        fields.filter(|(name, _)| !came.keeps_back(name)).collect()
    };
    assert_eq!(went.status(), came.status());
    let (mut sent, expected) = (travels(went.fields()), travels(came.fields()));
    let is_date = |(name, _): &(String, Vec<u8>)| name == "date";
    if came.status() >= 200 && !expected.iter().any(is_date) {
        let added = sent.iter().position(is_date);
        sent.remove(added.expect("a Date is added where there is none"));
    }
    assert_eq!(sent, expected);
    if came.status() < 200 {
        // Nothing follows it.
        return;
    }
    let expected = match came.framing {
        // The connection stays open.
        Framing::UntilEnd => Framing::Chunked,
        framing => framing,
    };
    assert_eq!(went.framing, expected);
}
