//! The walls between the layers, read from the sources.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Layer, modules of ours it must not name, crates it must not name.
const WALLS: [(&str, &[&str], &[&str]); 6] = [
    (
        "domain",
        &["app", "chatwoot", "cli", "clock", "config", "db", "server", "services", "web", "worker"],
        &["axum", "askama", "sea_orm", "reqwest", "tokio", "std::env"],
    ),
    (
        "chatwoot",
        &["app", "cli", "config", "db", "server", "services", "web", "worker"],
        &["axum", "askama", "sea_orm"],
    ),
    (
        "db",
        &["app", "chatwoot", "cli", "config", "server", "services", "web", "worker"],
        &["axum", "askama", "reqwest"],
    ),
    ("services", &["cli", "server", "web", "worker"], &["axum", "askama", "reqwest"]),
    ("web", &["chatwoot", "cli", "db", "worker"], &["sea_orm", "reqwest"]),
    ("worker.rs", &["chatwoot", "cli", "db", "server", "web"], &["axum", "askama", "sea_orm", "reqwest"]),
];

#[test]
fn no_layer_names_what_stands_above_it() {
    let mut breaches = Vec::new();
    for (layer, modules, crates) in WALLS {
        for file in rust_files(&root().join("src").join(layer)) {
            let source = production_code(&fs::read_to_string(&file).unwrap());
            let named = modules_named(&source);
            breaches.extend(
                modules.iter().filter(|module| named.contains(**module)).map(|module| breach(&file, module)),
            );
            breaches.extend(
                crates.iter().filter(|name| names_crate(&source, name)).map(|name| breach(&file, name)),
            );
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_entities_stay_inside_the_database_layer() {
    let source = fs::read_to_string(root().join("src/db/mod.rs")).unwrap();
    assert!(source.contains("\nmod entity;"), "entities must be private to db");
}

#[test]
fn no_source_file_is_longer_than_four_hundred_lines() {
    let long: Vec<String> = ["src", "sandbox/src", "migration/src"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter(|file| fs::read_to_string(file).unwrap().lines().count() > 400)
        .map(|file| file.display().to_string())
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn templates_escape_everything_and_carry_no_script_or_style() {
    let forbidden = [
        "|safe",
        "| safe",
        "style=\"",
        "<style",
        "<script>",
        "hx-on",
        "hx-delete",
        "hx-boost",
        "hx-confirm",
        "onclick",
    ];
    let mut breaches = Vec::new();
    for file in files_ending(&root().join("templates"), "html") {
        let source = fs::read_to_string(&file).unwrap();
        breaches
            .extend(forbidden.iter().filter(|word| source.contains(**word)).map(|word| breach(&file, word)));
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_through_groups() {
    let named = modules_named("use crate::{App, db::{self, users}, web::page};\nlet x = crate::chatwoot::Y;");
    assert_eq!(named, BTreeSet::from(["App", "db", "web", "chatwoot"].map(String::from)));
    assert!(names_crate("use axum::Router;", "axum"));
    assert!(!names_crate("use axum_login::X;", "axum"));
}

fn breach(file: &Path, name: &str) -> String {
    format!("{} names {name}", file.strip_prefix(root()).unwrap().display())
}

/// The first segment of every path that begins with `crate::`, also inside `crate::{…}` groups.
fn modules_named(source: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for after in source.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => named.extend(top_level(group).into_iter().map(|item| first_word(&item))),
            None => drop(named.insert(first_word(after))),
        }
    }
    named
}

/// The comma-separated items of a group up to its closing brace, ignoring commas in inner groups.
fn top_level(group: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ if depth == 0 => items.last_mut().expect("never empty").push(c),
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

fn first_word(path: &str) -> String {
    path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn names_crate(source: &str, name: &str) -> bool {
    let path = format!("{name}::");
    source.match_indices(&path).any(|(at, _)| {
        !source[..at]
            .chars()
            .next_back()
            .is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':')
    })
}

fn production_code(source: &str) -> String {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn rust_files(path: &Path) -> Vec<PathBuf> {
    files_ending(path, "rs")
}

fn files_ending(path: &Path, extension: &str) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        entries.flat_map(|entry| files_ending(&entry.unwrap().path(), extension)).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
