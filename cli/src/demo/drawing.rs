//! Draws the steps as they happen: a client, Limpet and a pod beside each other, and what goes between them.

use crate::output::{self, Unwritable};

/// Characters between two of them.
const GAP: usize = 22;

/// Who sends to whom.
#[derive(Clone, Copy)]
pub enum Way {
    /// The client to Limpet.
    Request,
    /// Limpet to the pod.
    ToPod,
    /// The pod to Limpet.
    FromPod,
    /// Limpet to the client.
    Answer,
}

/// Names the three.
pub fn head() -> Result<(), Unwritable> {
    output::line(&format!(
        "   {:<width$}{:<width$}pod",
        "client",
        "Limpet",
        width = GAP + 1
    ))
}

/// One step: what is sent, and what it means.
pub fn step(number: u8, way: Way, carried: &str, meaning: &str) -> Result<(), Unwritable> {
    let gap = " ".repeat(GAP);
    let (left, right) = match way {
        Way::Request => (right_arrow(carried), gap),
        Way::Answer => (left_arrow(carried), gap),
        Way::ToPod => (gap, right_arrow(carried)),
        Way::FromPod => (gap, left_arrow(carried)),
    };
    output::line(&format!("  {number}  |{left}|{right}|  {meaning}"))
}

fn right_arrow(carried: &str) -> String {
    format!("{:-<1$}>", format!("-- {carried} "), GAP - 1)
}

fn left_arrow(carried: &str) -> String {
    format!("<{:-<1$}", format!("- {carried} "), GAP - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_fills_the_gap() {
        assert_eq!(right_arrow("GET /"), "-- GET / ------------>");
        assert_eq!(left_arrow("200"), "<- 200 ---------------");
    }
}
