//! The audit log: every change of everybody, newest first.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::services::audit::actions::ACTIONS;
use crate::services::audit::{self, Detail, Line, MATCHES, Mark, Place, Typed};
use crate::services::error::{Refusal, ServiceError};
use crate::web::auth::CurrentAdmin;
use crate::web::csv;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, Exact, icon, messages_for};

const AUDIT: &str = "/admin/audit";
const CSV: &str = "/admin/audit.csv";

pub fn router() -> Router<App> {
    Router::new().route(AUDIT, get(list)).route(CSV, get(export)).route("/admin/audit/{entry}", get(show))
}

#[derive(Template)]
#[template(path = "admin/audit/list.html")]
struct AuditPage {
    layout: Layout,
    asked: Asked,
    summary: Option<ErrorSummary>,
    from_errors: Vec<String>,
    to_errors: Vec<String>,
    lines: Vec<Line>,
    newer: Option<Mark>,
    older: Option<Mark>,
    too_many: bool,
}

#[derive(Template)]
#[template(path = "admin/audit/entry.html")]
struct EntryPage {
    layout: Layout,
    detail: Detail,
}

/// The filter and the place in the list, as an address has them.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    actor: String,
    tenant: String,
    action: String,
    object: String,
    from: String,
    to: String,
    older: String,
    newer: String,
}

async fn list(
    State(app): State<App>,
    admin: CurrentAdmin,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let place = Place::of(&asked.older, &asked.newer);
    match audit::search(&app, &asked.typed(), place).await {
        Ok(found) => Ok(Page::ok(AuditPage::new(&admin, asked, found)).into_response()),
        Err(ServiceError::Refused(refusal)) => {
            let page = AuditPage::new(&admin, asked, audit::Page::default()).refused(&refusal);
            Ok(Page(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    Path(entry): Path<String>,
) -> Result<Response, HtmlError> {
    let id = Uuid::try_parse(&entry).map_err(|_| ServiceError::NotFound)?;
    let detail = audit::find(&app, id).await?;
    let layout = Layout::new(&admin, detail.sentence.clone(), Active::Audit);
    Ok(Page::ok(EntryPage { layout, detail }).into_response())
}

const HEADS: [&str; 16] = [
    "time",
    "entry",
    "tenant",
    "tenant name",
    "actor",
    "actor name",
    "action",
    "object",
    "object id",
    "sentence",
    "before",
    "after",
    "reason",
    "request",
    "network",
    "hash",
];

async fn export(
    State(app): State<App>,
    _admin: CurrentAdmin,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let (filter, _) = audit::filter(&app, &asked.typed()).await?;
    let name = format!("audit-{}.csv", app.now().format("%Y-%m-%d"));
    let filter = Arc::new(filter);
    let batches = csv::batches(move |after| {
        let (app, filter) = (app.clone(), Arc::clone(&filter));
        async move {
            let (lines, next) = audit::export(&app, &filter, after).await?;
            Ok((lines.into_iter().map(row).collect(), next))
        }
    });
    Ok(csv::file(&name, HEADS, batches))
}

fn row(line: Line) -> [String; 16] {
    let Line { found, sentence } = line;
    let entry = found.entry;
    let of = |person: &Option<audit::Person>| {
        person.as_ref().map_or_else(Default::default, |person| (person.email.clone(), person.name.clone()))
    };
    let ((tenant, tenant_name), (actor, actor_name)) = (of(&found.tenant), of(&found.actor));
    let json = |value: Option<serde_json::Value>| value.map_or_else(String::new, |value| value.to_string());
    [
        entry.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        entry.seq.to_string(),
        tenant,
        tenant_name,
        if actor.is_empty() { entry.actor } else { actor },
        actor_name,
        entry.action,
        entry.object,
        entry.object_id,
        sentence,
        json(entry.before),
        json(entry.after),
        entry.reason.unwrap_or_default(),
        entry.request_id.unwrap_or_default(),
        entry.network.unwrap_or_default(),
        entry.hash,
    ]
}

impl AuditPage {
    fn new(admin: &CurrentAdmin, asked: Asked, found: audit::Page) -> Self {
        Self {
            layout: Layout::new(admin, "Audit log", Active::Audit),
            asked,
            summary: None,
            from_errors: Vec::new(),
            to_errors: Vec::new(),
            lines: found.lines,
            newer: found.newer,
            older: found.older,
            too_many: found.too_many,
        }
    }

    fn refused(mut self, refusal: &Refusal) -> Self {
        self.layout = self.layout.with_error();
        self.summary = Some(ErrorSummary::of(refusal));
        self.from_errors = messages_for(Some(refusal), "from");
        self.to_errors = messages_for(Some(refusal), "to");
        self
    }

    /// What is told when the list has changed under the filter.
    fn told(&self) -> String {
        match (self.lines.len(), self.older.is_some() || self.newer.is_some()) {
            (0, _) => "No entries match".to_owned(),
            (1, false) => "1 entry found".to_owned(),
            (found, false) => format!("{found} entries found"),
            (shown, true) => format!("{shown} entries on this page, and there are more"),
        }
    }

    /// Whether the chosen action is none of those we know, and is to stay chosen.
    fn unknown_action(&self) -> bool {
        let mut known = ACTIONS.iter().flat_map(|(_, actions)| *actions).map(|(action, _)| *action);
        !self.asked.action.is_empty() && known.all(|action| action != self.asked.action)
    }
}

impl EntryPage {
    fn of_chain(&self) -> String {
        let whose = match (&self.detail.found.tenant, self.detail.found.entry.tenant) {
            (Some(person), _) => format!("of {}", person.name),
            (None, Some(tenant)) => format!("of {tenant}"),
            (None, None) => "of the installation".to_owned(),
        };
        format!("Entry {} in the chain {whose}", self.detail.found.entry.seq)
    }

    fn actor(&self) -> String {
        match (&self.detail.found.actor, self.detail.found.entry.actor.as_str()) {
            (Some(person), _) => format!("{} ({})", person.name, person.email),
            (None, "operator") => "The operator, on the server's command line".to_owned(),
            (None, "system") => "LocalBoxs, by itself".to_owned(),
            (None, other) => other.to_owned(),
        }
    }

    fn same_object(&self) -> String {
        let object = self.detail.found.entry.object_id.clone();
        Asked { object, ..Asked::default() }.path(AUDIT, "", "")
    }
}

impl Asked {
    fn typed(&self) -> Typed {
        Typed {
            actor: self.actor.clone(),
            tenant: self.tenant.clone(),
            action: self.action.clone(),
            object: self.object.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
        }
    }

    fn is_filtered(&self) -> bool {
        self.fields().iter().any(|(_, typed)| !typed.is_empty())
    }

    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("actor", self.actor.trim()),
            ("tenant", self.tenant.trim()),
            ("action", self.action.trim()),
            ("object", self.object.trim()),
            ("from", self.from.trim()),
            ("to", self.to.trim()),
        ]
    }

    fn export_path(&self) -> String {
        self.path(CSV, "", "")
    }

    fn older_path(&self, mark: &Mark) -> String {
        self.path(AUDIT, "older", &mark.to_string())
    }

    fn newer_path(&self, mark: &Mark) -> String {
        self.path(AUDIT, "newer", &mark.to_string())
    }

    /// `page` with this filter, at this place.
    fn path(&self, page: &str, place: &str, mark: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields().iter().filter(|(_, typed)| !typed.is_empty()));
        if !place.is_empty() {
            query.append_pair(place, mark);
        }
        let query = query.finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }
}
