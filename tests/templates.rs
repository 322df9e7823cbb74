//! What every template and the files beside it keep to, read from the sources.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::fs;
use std::path::{Path, PathBuf};

/// What htmx may be told; everything else is either inherited by surprise or needs `eval`.
const ALLOWED: [&str; 10] = [
    "hx-get",
    "hx-post",
    "hx-target",
    "hx-select",
    "hx-swap",
    "hx-trigger",
    "hx-sync",
    "hx-push-url",
    "hx-swap-oob",
    "hx-history",
];
const LONGEST: usize = 80;

#[test]
fn templates_use_only_the_htmx_attributes_that_are_allowed() {
    for (file, text) in templates() {
        for attribute in attributes(&text, "hx-") {
            assert!(ALLOWED.contains(&attribute.as_str()), "{}: {attribute}", file.display());
        }
    }
}

#[test]
fn templates_stay_short() {
    for (file, text) in templates() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{}: {lines} lines", file.display());
    }
}

#[test]
fn a_field_inside_an_htmx_form_names_its_own_part_of_the_answer() {
    // htmx hands hx-select down from the form, which would look for the form's part in the field's answer.
    for (file, text) in templates() {
        for form in text.split("<form").skip(1) {
            let (head, rest) = form.split_once('>').unwrap();
            let fields =
                rest.split("</form>").next().unwrap().split('<').filter(|tag| tag.contains(" hx-post="));
            for field in fields.filter(|_| head.contains("hx-select=")) {
                assert!(field.contains("hx-select="), "{}: {field}", file.display());
            }
        }
    }
}

#[test]
fn the_script_and_the_styles_are_small() {
    let script = fs::read(root().join("static/app.js")).unwrap();
    assert!(script.len() <= 3 * 1024, "{} bytes of script", script.len());
    assert!(String::from_utf8(script).unwrap().lines().count() < 60);
    let styles = fs::read(root().join("static/app.css")).unwrap();
    let mut small = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut styles.as_slice(), &mut small, &settings).unwrap();
    assert!(small.len() <= 6 * 1024, "{} bytes of styles", small.len());
}

/// The names of attributes that begin like this.
fn attributes(text: &str, beginning: &str) -> Vec<String> {
    let beginning = format!(" {beginning}");
    text.match_indices(&beginning)
        .filter_map(|(at, _)| {
            let rest = &text[at + 1..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            rest[name.len()..].starts_with('=').then_some(name)
        })
        .collect()
}

fn templates() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(&root().join("templates"), "html", &mut found);
    // Small templates stand in the sources themselves.
    collect(&root().join("src/web"), "rs", &mut found);
    found.retain(|(file, text)| {
        file.extension().is_some_and(|kind| kind == "html") || text.contains("source =")
    });
    assert!(found.len() > 15, "only {} templates", found.len());
    found
        .into_iter()
        .map(|(file, text)| {
            let text = if file.extension().is_some_and(|kind| kind == "rs") { inline(&text) } else { text };
            (file, text)
        })
        .collect()
}

fn inline(source: &str) -> String {
    source.split("source = r#\"").skip(1).filter_map(|rest| rest.split("\"#").next()).collect()
}

fn collect(folder: &Path, kind: &str, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, kind, found);
        } else if path.extension().is_some_and(|found| found == kind) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
