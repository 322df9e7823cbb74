//! A list of agents to create: which of its rows can be, and why the others cannot.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::ids::{AgentId, InboxId};
use super::inbox::Inbox;
use super::person_name::PersonName;
use super::sheet::{SheetRow, rows};
use super::tier::Seats;

/// The most rows of one list.
pub const MOST_ROWS: usize = 500;
/// Longer cells are cut: nothing usable is that long.
const LONGEST_CELL: usize = 1_000;
/// The columns a list may have. The last two are for lists of ours that come back.
const COLUMNS: [&str; 5] = ["name", "email", "inboxes", "problem", "row"];

/// Why a text is no list at all; each displays as the sentence a person reads.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ListFault {
    #[error("There are no rows yet. Paste the list or choose a file.")]
    Empty,
    #[error(
        "The first row must name the columns: name, and inboxes if you like. It says “{0}”. Put a row name,inboxes before the others."
    )]
    Heading(String),
    #[error(
        "The first row names a column “{0}” that isn't known here. Known are name, inboxes and email. Rename or delete it."
    )]
    UnknownColumn(String),
    #[error("The first row names the column “{0}” twice. Delete one of them.")]
    ColumnTwice(String),
    #[error("The list has a heading but no rows below it. Add a row for each agent.")]
    OnlyHeading,
    #[error("The list has {0} rows. 500 is the most at once: split it into several lists.")]
    TooManyRows(usize),
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Only looked at; nothing happens before it is confirmed.
    Draft,
    Running,
    /// Every row has had its turn.
    Finished,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// It can be created, and is when it is its turn.
    Waiting,
    /// Its agent is stored; Chatwoot may still be asked.
    Created,
    Exists,
    NoSeat,
    /// Something is wrong with it.
    Problem,
    /// It was refused when it was its turn.
    Failed,
}

impl ImportState {
    pub const ALL: [Self; 3] = [Self::Draft, Self::Running, Self::Finished];

    /// The spelling in the database and the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Finished => "finished",
        }
    }

    /// Reads [`ImportState::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

impl RowStatus {
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Created, Self::Exists, Self::NoSeat, Self::Problem, Self::Failed];

    /// The spelling in the database and the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Created => "created",
            Self::Exists => "exists",
            Self::NoSeat => "no_seat",
            Self::Problem => "problem",
            Self::Failed => "failed",
        }
    }

    /// Reads [`RowStatus::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }

    /// Whether there is no agent because of it, so that the row can be put right and tried again.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::NoSeat | Self::Problem | Self::Failed)
    }
}

/// A row as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedRow {
    /// As a spreadsheet counts, the heading being row 1.
    pub number: u32,
    pub name: String,
    pub email: String,
    pub inboxes: String,
    /// Why the row could not even be read.
    pub fault: Option<&'static str>,
}

/// What is to become of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Create {
        name: PersonName,
        inboxes: Vec<InboxId>,
    },
    /// The tenant has this agent already.
    Exists(AgentId),
    /// It could be created if there were a seat.
    NoSeat,
    /// The sentence says what is wrong with it.
    Problem(String),
}

/// An agent that is there already.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: AgentId,
    pub name: String,
    pub email: String,
}

const UNCLOSED: &str =
    "A quotation mark is opened in this row and never closed. Close it, or write it twice inside a cell.";
const TOO_MANY_CELLS: &str =
    "This row has more cells than the first one. Put quotation marks around a cell with a separator in it.";
const UNUSABLE: &str = "This row has a character that can't be used (a NUL). Type it again.";

/// Reads a list; what is wrong with single rows stays with them.
pub fn read(text: &str) -> Result<Vec<TypedRow>, ListFault> {
    let mut rows = rows(text.trim_start_matches('\u{FEFF}')).into_iter();
    let heading = rows.next().ok_or(ListFault::Empty)?;
    let columns = columns(&heading)?;
    let rows: Vec<SheetRow> = rows.collect();
    match rows.len() {
        0 => Err(ListFault::OnlyHeading),
        1..=MOST_ROWS => Ok(rows.iter().map(|row| typed(row, &columns)).collect()),
        more => Err(ListFault::TooManyRows(more)),
    }
}

/// What is to become of each row: a name stands for one agent, so one that is there or came before is not made again,
/// and the first rows get the seats that are left.
pub fn judge(
    rows: Vec<TypedRow>,
    inboxes: &[Inbox],
    known: &[Known],
    seats: Seats,
) -> Vec<(TypedRow, Verdict)> {
    let by_name: HashMap<String, AgentId> =
        known.iter().map(|agent| (folded(&agent.name), agent.id)).collect();
    let by_email: HashMap<String, AgentId> =
        known.iter().map(|agent| (agent.email.to_lowercase(), agent.id)).collect();
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut left = seats.left();
    rows.into_iter()
        .map(|row| {
            let verdict = match readable(&row, inboxes) {
                Err(problem) => Verdict::Problem(problem),
                Ok((name, inboxes)) => {
                    let fold = folded(name.as_str());
                    let email = row.email.trim().to_lowercase();
                    let exists = by_name.get(&fold).or_else(|| by_email.get(&email));
                    match (seen.insert(fold, row.number), exists, left) {
                        (Some(earlier), _, _) => Verdict::Problem(format!(
                            "The same name as in row {earlier}. Two agents need different names."
                        )),
                        (None, Some(agent), _) => Verdict::Exists(*agent),
                        (None, None, Some(0)) => Verdict::NoSeat,
                        (None, None, _) => {
                            left = left.map(|left| left - 1);
                            Verdict::Create { name, inboxes }
                        }
                    }
                }
            };
            (row, verdict)
        })
        .collect()
}

/// A name as it is compared: letter case makes no difference.
pub fn folded(name: &str) -> String {
    super::search::folded(name)
}

fn columns(heading: &SheetRow) -> Result<Vec<&'static str>, ListFault> {
    let seen: Vec<String> = heading.cells.iter().map(|cell| cell.trim().to_lowercase()).collect();
    if heading.broken || !seen.iter().any(|cell| cell == "name") {
        let text: String = heading.cells.join(", ").replace('\0', "").chars().take(60).collect();
        return Err(ListFault::Heading(text));
    }
    let mut columns = Vec::new();
    for (cell, as_typed) in seen.iter().zip(&heading.cells) {
        // Spreadsheets like to add separators without anything between.
        let column = if cell.is_empty() { Some(&"") } else { COLUMNS.iter().find(|known| *known == cell) };
        let typed = || as_typed.trim().replace('\0', "").chars().take(60).collect::<String>();
        match column {
            None => return Err(ListFault::UnknownColumn(typed())),
            Some(column) if !column.is_empty() && columns.contains(column) => {
                return Err(ListFault::ColumnTwice(typed()));
            }
            Some(column) => columns.push(*column),
        }
    }
    Ok(columns)
}

fn typed(row: &SheetRow, columns: &[&'static str]) -> TypedRow {
    let has_nul = row.cells.iter().any(|cell| cell.contains('\0'));
    let spills = row.cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty());
    let cell = |name: &str| {
        let at = columns.iter().position(|column| *column == name);
        let text = at.and_then(|at| row.cells.get(at)).map(String::as_str).unwrap_or_default();
        clean(text)
    };
    let fault = match () {
        () if row.broken => Some(UNCLOSED),
        () if has_nul => Some(UNUSABLE),
        () if spills => Some(TOO_MANY_CELLS),
        () => None,
    };
    TypedRow { number: row.number, name: cell("name"), email: cell("email"), inboxes: cell("inboxes"), fault }
}

/// A cell without what databases refuse, and without the mark that our own files put before formulas.
fn clean(cell: &str) -> String {
    let cell = match cell.strip_prefix('\'') {
        Some(formula) if formula.starts_with(['=', '+', '-', '@', '\t', '\r']) => formula,
        _ => cell,
    };
    cell.trim().chars().filter(|c| *c != '\0').take(LONGEST_CELL).collect()
}

fn readable(row: &TypedRow, inboxes: &[Inbox]) -> Result<(PersonName, Vec<InboxId>), String> {
    if let Some(fault) = row.fault {
        return Err(fault.to_owned());
    }
    let name = PersonName::parse(&row.name).map_err(|fault| format!("{fault}."))?;
    let mut chosen = Vec::new();
    for word in words(&row.inboxes, inboxes) {
        chosen.push(inbox(&word, inboxes)?);
    }
    let mut once = HashSet::new();
    chosen.retain(|inbox| once.insert(*inbox));
    Ok((name, chosen))
}

/// What a cell names, one by one: separated by `;` or `|`, and by commas unless an inbox is called like that.
fn words(cell: &str, inboxes: &[Inbox]) -> Vec<String> {
    let is_name = |word: &str| inboxes.iter().any(|inbox| same(&inbox.name, word));
    let split = |cell: &str, marks: &[char]| -> Vec<String> {
        if is_name(cell) {
            return vec![cell.to_owned()];
        }
        cell.split(marks).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    };
    split(cell.trim(), &[';', '|', '\n', '\r']).iter().flat_map(|word| split(word, &[','])).collect()
}

fn inbox(word: &str, inboxes: &[Inbox]) -> Result<InboxId, String> {
    if let Some(own) = word.parse().ok().and_then(|id| inboxes.iter().find(|inbox| inbox.id == InboxId(id))) {
        return Ok(own.id);
    }
    let named: Vec<&Inbox> = inboxes.iter().filter(|inbox| same(&inbox.name, word)).collect();
    let word: String = word.chars().take(60).collect();
    match named[..] {
        [] => Err(format!("“{word}” isn't one of your inboxes. Check its name or number.")),
        [one] => Ok(one.id),
        _ => Err(format!("{} of your inboxes are called “{word}”. Write the number instead.", named.len())),
    }
}

fn same(name: &str, word: &str) -> bool {
    folded(name) == folded(word)
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
