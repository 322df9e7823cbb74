//! The audit log as administrators read it.

use std::fmt;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use uuid::Uuid;

use super::differences::{Difference, differences};
use super::sentence::{Reader, sentence};
use crate::app::App;
use crate::db;
use crate::db::audit::search::{Cursor, Filter, Named, Part, Person};
use crate::db::people::Sought;
use crate::services::error::{FieldError, Refusal, ServiceError};

/// Entries on a page.
const PER_PAGE: usize = 50;
/// What both databases can compare.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9998;
/// Entries read at once for an export.
const BATCH: u64 = 500;
/// As many people or things as one typed word may mean.
pub const MATCHES: usize = 20;

/// The filter as typed; what is empty filters nothing.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The beginning of a name or an address, or `operator` or `system`.
    pub actor: String,
    pub tenant: String,
    pub action: String,
    /// The beginning of a name or an address, a tier's key, or an id.
    pub object: String,
    /// Days such as `2026-11-23`, both included.
    pub from: String,
    pub to: String,
}

/// Where in the list, as addresses write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(Part);

/// A part of the list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub lines: Vec<Line>,
    /// Where the next newer and older entries are, if there are any.
    pub newer: Option<Mark>,
    pub older: Option<Mark>,
    /// Whether something typed means more people or things than were looked at.
    pub too_many: bool,
}

/// An entry's place, to be written into an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(Cursor);

/// An entry in a list: also what an export has of it.
#[derive(Clone, Debug)]
pub struct Line {
    pub found: Found,
    pub sentence: String,
}

/// An entry with the people in it.
pub type Found = Named;

/// An entry with its differences.
#[derive(Clone, Debug)]
pub struct Detail {
    pub found: Found,
    pub sentence: String,
    /// What it says of before and after, by name.
    pub differences: Vec<Difference>,
}

impl Place {
    /// Reads `older` and `newer` as an address has them; what is no mark leads to the newest.
    pub fn of(older: &str, newer: &str) -> Self {
        let part = match (Mark::parse(older), Mark::parse(newer)) {
            (Some(mark), _) => Part::OlderThan(mark.0),
            (None, Some(mark)) => Part::NewerThan(mark.0),
            (None, None) => Part::Newest,
        };
        Self(part)
    }
}

/// The part of the list at `place`; two queries at most.
pub async fn search(app: &App, typed: &Typed, place: Place) -> Result<Page, ServiceError> {
    let (filter, too_many) = filter(app, typed).await?;
    let count = u64::try_from(PER_PAGE + 1).unwrap_or(u64::MAX);
    let mut found = db::audit::search::list(app.db.read(), &filter, place.0, count).await?;
    let more = found.len() > PER_PAGE;
    match place.0 {
        Part::NewerThan(_) if more => drop(found.remove(0)),
        _ => found.truncate(PER_PAGE),
    }
    let mark = |found: Option<&Named>| found.map(|found| Mark(found.cursor()));
    let (first, last) = (mark(found.first()), mark(found.last()));
    let (newer, older) = match place.0 {
        Part::Newest => (None, last.filter(|_| more)),
        Part::OlderThan(_) => (first, last.filter(|_| more)),
        Part::NewerThan(_) => (first.filter(|_| more), last),
    };
    Ok(Page { lines: found.into_iter().map(Line::from).collect(), newer, older, too_many })
}

/// The entry with this id and what it changed.
pub async fn find(app: &App, id: Uuid) -> Result<Detail, ServiceError> {
    let found = db::audit::search::find(app.db.read(), id).await?.ok_or(ServiceError::NotFound)?;
    let Line { found, sentence } = Line::from(found);
    let differences = differences(found.entry.before.as_ref(), found.entry.after.as_ref());
    Ok(Detail { found, sentence, differences })
}

/// The next lines of an export after the entry at `after`, and where it goes on unless that was its end.
pub async fn export(
    app: &App,
    filter: &Filter,
    after: Option<Mark>,
) -> Result<(Vec<Line>, Option<Mark>), ServiceError> {
    let part = after.map_or(Part::Newest, |mark| Part::OlderThan(mark.0));
    let found = db::audit::search::list(app.db.read(), filter, part, BATCH).await?;
    let more = u64::try_from(found.len()).is_ok_and(|found| found == BATCH);
    let next = found.last().filter(|_| more).map(|last| Mark(last.cursor()));
    Ok((found.into_iter().map(Line::from).collect(), next))
}

/// What was typed as a filter, and whether something typed means more than was looked at.
pub async fn filter(app: &App, typed: &Typed) -> Result<(Filter, bool), ServiceError> {
    let [from, until] = days(typed)?;
    let actor_kind = match word(&typed.actor).to_lowercase().as_str() {
        "operator" => Some("operator"),
        "system" | "localboxs" => Some("system"),
        _ => None,
    };
    let (actor, tenant, action, object) =
        (word(&typed.actor), word(&typed.tenant), word(&typed.action), word(&typed.object));
    let id = Uuid::try_parse(&object).ok();
    let sought = Sought {
        actor: if actor_kind.is_some() { "" } else { &actor },
        tenant: &tenant,
        object: if id.is_some() { "" } else { &object },
    };
    let most = u64::try_from(MATCHES + 1).unwrap_or(u64::MAX);
    let mut matches = db::people::find(app.db.read(), sought, most).await?;
    let too_many = [matches.actors.len(), matches.tenants.len(), matches.objects.len()]
        .iter()
        .any(|many| *many > MATCHES);
    matches.actors.truncate(MATCHES);
    matches.tenants.truncate(MATCHES);
    matches.objects.truncate(MATCHES);
    let ids = matches.objects.into_iter().chain(id).map(|id| id.hyphenated().to_string());
    // A tier's key is made from its first label.
    let key = object.to_uppercase().replace([' ', '-'], "_");
    let objects = ids.chain([object.clone(), key]).collect();
    let filter = Filter {
        actor_kind,
        actors: (!sought.actor.is_empty()).then_some(matches.actors),
        tenants: (!tenant.is_empty()).then_some(matches.tenants),
        action: (!action.is_empty()).then_some(action),
        objects: (!object.is_empty()).then_some(objects),
        from,
        until,
    };
    Ok((filter, too_many))
}

/// PostgreSQL answers a NUL in a text with an error, and nothing here has one.
fn word(typed: &str) -> String {
    typed.replace('\0', "").trim().to_owned()
}

/// The moments between which the days typed lie, the second excluded.
fn days(typed: &Typed) -> Result<[Option<DateTime<Utc>>; 2], Refusal> {
    let mut faults = Vec::new();
    let mut day = |field, text: &str| match text.trim() {
        "" => None,
        text => {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            let day = day.filter(|day| YEARS.contains(&day.year()));
            let next =
                day.and_then(|day| Some((midnight(day), midnight(day.checked_add_days(Days::new(1))?))));
            if next.is_none() {
                let messages = vec!["Enter a day such as 2026-11-23.".to_owned()];
                faults.push(FieldError { field, messages });
            }
            next
        }
    };
    let (from, to) = (day("from", &typed.from), day("to", &typed.to));
    if from.zip(to).is_some_and(|(from, to)| to.0 < from.0) {
        let messages = vec!["The last day is before the first. Enter a later one.".to_owned()];
        faults.push(FieldError { field: "to", messages });
    }
    if faults.is_empty() {
        Ok([from.map(|day| day.0), to.map(|day| day.1)])
    } else {
        Err(Refusal::Fields(faults))
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

impl From<Named> for Line {
    fn from(found: Named) -> Self {
        let name = |person: &Option<Person>| person.as_ref().map(|person| person.name.clone());
        let (actor, tenant) = (name(&found.actor), name(&found.tenant));
        let reader = Reader::Administrator { actor: actor.as_deref(), tenant: tenant.as_deref() };
        Self { sentence: sentence(&found.entry, reader), found }
    }
}

impl Mark {
    fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some(Self(Cursor { at, id: Uuid::try_parse(id).ok()? }))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.at.timestamp_micros(), self.0.id.hyphenated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_to_itself_and_nonsense_leads_to_the_newest() {
        let at = DateTime::from_timestamp_micros(1_795_435_200_123_456).unwrap();
        let mark = Mark(Cursor { at, id: Uuid::from_u128(7) });
        assert_eq!(Place::of(&mark.to_string(), ""), Place(Part::OlderThan(mark.0)));
        assert_eq!(Place::of("", &mark.to_string()), Place(Part::NewerThan(mark.0)));
        for nonsense in ["", "x", "1.2", "9223372036854775807.x", "-1"] {
            assert_eq!(Place::of(nonsense, nonsense), Place(Part::Newest));
        }
    }

    #[test]
    fn days_are_whole_and_must_follow_each_other() {
        let days =
            |from: &str, to: &str| days(&Typed { from: from.into(), to: to.into(), ..Typed::default() });
        let [from, until] = days("2026-11-23", "2026-11-23").unwrap();
        assert_eq!(until.unwrap() - from.unwrap(), chrono::TimeDelta::days(1));
        assert_eq!(days("", "").unwrap(), [None, None]);
        for (from, to) in [("23.11.2026", ""), ("", "2026-13-01"), ("2026-11-24", "2026-11-23")] {
            assert!(days(from, to).is_err(), "{from} {to}");
        }
    }
}
