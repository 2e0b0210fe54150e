//! Each `docs/pictures/NAME.pikchr` is drawn as `NAME.svg` beside it; `UPDATE_GOLDEN=1` draws them anew.

use std::fs;
use std::path::Path;

use pikchr::{Pikchr, PikchrFlags};

#[test]
fn every_picture_is_what_its_text_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    let mut drawn = 0;
    for entry in fs::read_dir(&folder).expect("it is in the checkout") {
        let source = entry.expect("it can be read").path();
        if source
            .extension()
            .is_none_or(|extension| extension != "pikchr")
        {
            continue;
        }
        let text = fs::read_to_string(&source).expect("it is text");
        let picture = Pikchr::render(&text, None, PikchrFlags::default())
            .unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        // Text is black, so it needs a ground in the dark too.
        let svg = picture.to_string();
        let svg = svg.replacen("style='", "style='background:white;", 1);
        let golden = source.with_extension("svg");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &svg).expect("the checkout can be written");
        }
        let written = fs::read_to_string(&golden).expect("it is drawn");
        assert!(
            written == svg,
            "{} is older than its text",
            golden.display()
        );
        drawn += 1;
    }
    assert_eq!(drawn, 3);
}
