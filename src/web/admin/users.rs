//! Every user: searched, filtered, sorted and paged over all of them.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::user_path::USERS;
use crate::app::App;
use crate::domain::user::{Role, Sort, UserFilter};
use crate::services::accounts::directory::{self, Directory, Line};
use crate::web::auth::CurrentAdmin;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{Moment, icon};

const LAST_PAGE: u64 = 1_000_000;

pub fn router() -> Router<App> {
    Router::new().route(USERS, get(show))
}

#[derive(Template)]
#[template(path = "admin/users/list.html")]
struct UsersPage {
    layout: Layout,
    asked: Asked,
    filter: UserFilter,
    found: Directory,
    now: DateTime<Utc>,
}

/// The filter as it stands in the address; words we don't know count as none.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    role: String,
    tier: String,
    status: String,
    sort: String,
    dir: String,
    page: String,
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    Query(asked): Query<Asked>,
) -> Result<Response, HtmlError> {
    let filter = asked.filter();
    let page = asked.page.parse().unwrap_or(1).clamp(1, LAST_PAGE);
    let found = directory::directory(&app, &filter, page).await?;
    let layout = Layout::new(&admin, "Users", Active::Users);
    Ok(Page::ok(UsersPage { layout, asked, filter, found, now: app.now() }).into_response())
}

impl Asked {
    fn filter(&self) -> UserFilter {
        // PostgreSQL takes no zero byte, and no name has one.
        let text = |typed: &str| typed.trim().replace('\0', "");
        let sort = Sort::parse(&self.sort).unwrap_or_default();
        UserFilter {
            search: text(&self.q),
            role: Role::parse(&self.role),
            tier: Some(text(&self.tier)).filter(|tier| !tier.is_empty()),
            suspended: match self.status.as_str() {
                "active" => Some(false),
                "suspended" => Some(true),
                _ => None,
            },
            sort,
            descending: self.dir == "desc",
        }
    }
}

impl UsersPage {
    fn is_filtered(&self) -> bool {
        let UserFilter { search, role, tier, suspended, .. } = &self.filter;
        !search.is_empty() || role.is_some() || tier.is_some() || suspended.is_some()
    }

    fn found(&self) -> String {
        match self.found.total {
            0 => "No users found".to_owned(),
            1 => "1 user found".to_owned(),
            more => format!("{more} users found"),
        }
    }

    /// The list in another order, from its first page on.
    fn sorted_by(&self, sort: &str) -> String {
        let is_this = self.filter.sort.key() == sort;
        // The latest sign-in and the most agents are what people look for first.
        let first = if matches!(sort, "agents" | "last-sign-in") { "desc" } else { "asc" };
        let turned = if self.filter.descending { "asc" } else { "desc" };
        self.address(sort, if is_this { turned } else { first }, 1)
    }

    fn aria_sort(&self, sort: &str) -> &'static str {
        match (self.filter.sort.key() == sort, self.filter.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    fn page_path(&self, page: u64) -> String {
        self.address(self.filter.sort.key(), if self.filter.descending { "desc" } else { "asc" }, page)
    }

    fn address(&self, sort: &str, dir: &str, page: u64) -> String {
        let Asked { q, role, tier, status, .. } = &self.asked;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let page = if page > 1 { page.to_string() } else { String::new() };
        for (key, value) in [("q", q), ("role", role), ("tier", tier), ("status", status), ("page", &page)] {
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        format!("{USERS}?{}", query.append_pair("sort", sort).append_pair("dir", dir).finish())
    }

    /// The numbers of pages to offer: the first, the last, and those around this one.
    fn page_numbers(&self) -> Vec<u64> {
        let Directory { page, pages, .. } = self.found;
        (1..=pages).filter(|number| *number == 1 || *number == pages || number.abs_diff(page) <= 2).collect()
    }

    fn is_role(&self, role: Role) -> bool {
        self.filter.role == Some(role)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Moment {
        Moment { at: *at, now: self.now }
    }

    fn seats(line: &Line) -> String {
        super::user::seats(line)
    }
}
