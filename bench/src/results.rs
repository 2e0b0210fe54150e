//! `RESULTS.md`: one section a measurement, each written by the measurement itself.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Context, Result};

const TITLE: &str = "# Results\n\nWritten by `limpet-bench`; what the columns mean is in \
                     [README.md](README.md).\nOnly ratios within one section compare: each is one \
                     run on one machine.\n";

/// Writes a section, in the place of the one with the same heading or at the end.
pub fn write(path: &Path, heading: &str, body: &str) -> Result<()> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => TITLE.to_owned(),
        read => read.context(|| path.display().to_string())?,
    };
    fs::write(path, replaced(&text, heading, body)).context(|| path.display().to_string())
}

fn replaced(text: &str, heading: &str, body: &str) -> String {
    let section = format!("\n## {heading}\n\n{}\n", body.trim());
    let Some(start) = text.find(&format!("\n## {heading}\n")) else {
        return format!("{}\n{section}", text.trim_end());
    };
    let rest = &text[start + 1..];
    let end = rest.find("\n## ").map_or("", |end| &rest[end..]);
    format!("{}\n{section}{end}", text[..start].trim_end())
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn a_section_is_added_then_replaced_and_others_stay() {
        let text = replaced("# Results\n", "Speed", "1\n");
        let text = replaced(&text, "Scale", "2");
        assert_eq!(text, "# Results\n\n## Speed\n\n1\n\n## Scale\n\n2\n");
        let text = replaced(&text, "Speed", "3");
        assert_eq!(text, "# Results\n\n## Speed\n\n3\n\n## Scale\n\n2\n");
        assert_eq!(replaced(&text, "Scale", "2"), text);
    }
}
