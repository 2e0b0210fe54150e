//! What is printed: progress to standard error, results to standard output. The only place that
//! prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use comfy_table::{Table, presets};

/// A result.
pub fn line(text: &str) {
    println!("{text}");
}

/// What happens now.
pub fn progress(text: &str) {
    eprintln!("{text}");
}

/// Why a command failed.
pub fn error(error: &anyhow::Error) {
    eprintln!("limpet-bench: {error:#}");
}

/// A table that both eyes and Markdown can read.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn a_table_is_markdown() {
        let text = table(
            &["peer", "µs"],
            [vec!["relay".to_owned(), "10.5".to_owned()]],
        );
        assert_eq!(text, "| peer  | µs   |\n|-------|------|\n| relay | 10.5 |");
    }
}
