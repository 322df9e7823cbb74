//! Reading what a spreadsheet saved as text: bytes to characters, characters to rows and cells.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use thiserror::Error;

/// Why bytes are no text to read rows from; each displays as the sentence a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    #[error("This is a spreadsheet program's own file. Save it as CSV there, then choose the CSV file.")]
    Workbook,
    #[error("This file isn't text. Save the list as CSV, then choose the CSV file.")]
    NotText,
}

/// One row and its number as a spreadsheet counts, the heading being row 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    pub number: u32,
    pub cells: Vec<String>,
    /// A quotation mark was opened in it and never closed; its cells are only what was left of the line.
    pub broken: bool,
}

/// Every separator that spreadsheets use.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The text of a file: UTF-8 and UTF-16 with or without a mark at its beginning, anything else as Windows-1252.
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    // What XLSX and ODS begin with, and what XLS does.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Unreadable::Workbook);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decoded(encoding, &bytes[mark..]);
    }
    match bytes {
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => decoded(UTF_16LE, bytes),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => decoded(UTF_16BE, bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => decoded(WINDOWS_1252, bytes),
        },
    }
}

/// The rows of a text whose separator is the one that its first row has most of; rows without anything are left out.
pub fn rows(text: &str) -> Vec<SheetRow> {
    let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let most = |separator: &char| heading.matches(*separator).count();
    // Of equals the last is taken, so the comma comes last.
    let separator = SEPARATORS.into_iter().rev().max_by_key(most).unwrap_or(',');
    let mut reader = Reader { rest: text, separator, quotes_span_lines: true };
    let mut rows = Vec::new();
    let mut number = 0;
    while !reader.rest.is_empty() {
        number += 1;
        let (cells, broken) = reader.row();
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(SheetRow { number, cells, broken });
        }
    }
    rows
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Unreadable> {
    let (text, faulty) = encoding.decode_without_bom_handling(bytes);
    if faulty { Err(Unreadable::NotText) } else { Ok(text.into_owned()) }
}

struct Reader<'a> {
    rest: &'a str,
    separator: char,
    /// Until a quotation mark turned out never to be closed: from then on each line stands for itself.
    quotes_span_lines: bool,
}

impl Reader<'_> {
    /// Takes the next row, and whether a quotation mark in it was never closed.
    fn row(&mut self) -> (Vec<String>, bool) {
        let start = self.rest;
        let mut cells = Vec::new();
        loop {
            let Some(cell) = self.cell() else {
                let (line, rest) = start.split_once('\n').unwrap_or((start, ""));
                self.rest = rest;
                let cells = line.trim_end_matches('\r').split(self.separator).map(tidy);
                return (cells.collect(), true);
            };
            cells.push(cell);
            let Some(next) = self.rest.chars().next() else { return (cells, false) };
            self.rest = &self.rest[next.len_utf8()..];
            if next != self.separator {
                if next == '\r' {
                    self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
                }
                return (cells, false);
            }
        }
    }

    /// Takes the next cell up to what ends it; `None` if its quotation mark is never closed.
    fn cell(&mut self) -> Option<String> {
        let Some(quoted) = self.rest.trim_start_matches(' ').strip_prefix('"') else {
            let ends = |c: char| c == self.separator || c == '\n' || c == '\r';
            let end = self.rest.find(ends).unwrap_or(self.rest.len());
            let (cell, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(cell.to_owned());
        };
        let mut cell = String::new();
        let mut rest = quoted;
        loop {
            let Some((part, after)) = rest.split_once('"') else {
                self.quotes_span_lines = false;
                return None;
            };
            if !self.quotes_span_lines && part.contains('\n') {
                return None;
            }
            cell.push_str(part);
            rest = after;
            let Some(after) = after.strip_prefix('"') else { break };
            cell.push('"');
            rest = after;
        }
        self.rest = rest.trim_start_matches(' ');
        let ends = |c: char| c == self.separator || c == '\n' || c == '\r';
        if self.rest.is_empty() || self.rest.starts_with(ends) {
            return Some(cell);
        }
        // It closed where another cell's begins.
        self.quotes_span_lines &= !cell.contains('\n');
        None
    }
}

fn tidy(cell: &str) -> String {
    cell.trim().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>, bool)> {
        rows(text).into_iter().map(|row| (row.number, row.cells, row.broken)).collect()
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text).into_iter().map(|(_, cells, _)| cells).collect()
    }

    #[test]
    fn every_usual_separator_and_line_end_is_read() {
        let expected = vec![vec!["name", "inboxes"], vec!["Ana", "One"]];
        for text in ["name,inboxes\nAna,One\n", "name;inboxes\r\nAna;One", "name\tinboxes\rAna\tOne\r"] {
            assert_eq!(cells(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_keep_separators_line_breaks_and_quotes() {
        let text = "name,inboxes\n\"Ruiz, Ana\",\"say \"\"hi\"\"\"\n \"two\nlines\" ,x\n";
        let expected =
            vec![vec!["name", "inboxes"], vec!["Ruiz, Ana", "say \"hi\""], vec!["two\nlines", "x"]];
        assert_eq!(cells(text), expected);
    }

    #[test]
    fn rows_are_numbered_as_in_a_spreadsheet_and_empty_ones_left_out() {
        let numbers: Vec<u32> = rows("name\n\nAna\n  \nBen\n").iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 3, 5]);
        assert_eq!(rows(""), []);
        assert_eq!(rows("\n\n  ,\n"), []);
    }

    #[test]
    fn a_quote_that_is_never_closed_spoils_its_own_line_only() {
        let read = read("name,inboxes\nAna,One\n\"Ben,One\nCara,\"Two\"\nDora,\"x\n");
        assert_eq!(read[1], (2, vec!["Ana".into(), "One".into()], false));
        assert_eq!((read[2].0, read[2].2), (3, true));
        assert_eq!(read[3], (4, vec!["Cara".into(), "Two".into()], false));
        assert_eq!((read[4].0, read[4].2), (5, true));
    }

    #[test]
    fn files_of_every_usual_encoding_are_read() {
        let text = "name\nJosé “Pepe”\n";
        let units = |big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let with = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let windows = b"name\nJos\xe9 \x93Pepe\x94\n".to_vec();
        for bytes in [
            text.as_bytes().to_vec(),
            with(&[0xEF, 0xBB, 0xBF], text.as_bytes()),
            with(&[0xFF, 0xFE], &units(false)),
            with(&[0xFE, 0xFF], &units(true)),
            units(false),
            units(true),
            windows,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_text_says_so() {
        assert_eq!(decode(b"PK\x03\x04rest"), Err(Unreadable::Workbook));
        assert_eq!(decode(&[0xFF, 0xFE, 0x00, 0xD8, 0x41]), Err(Unreadable::NotText));
    }

    #[test]
    fn many_open_quotes_are_read_in_one_pass() {
        let text = format!("name\n{}", "\"a\"\"\n".repeat(100_000));
        let begin = std::time::Instant::now();
        assert!(rows(&text).len() > 1_000);
        assert!(begin.elapsed().as_secs() < 20);
    }
}
