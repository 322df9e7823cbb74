//! One user: what is known, and what can be changed.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};

use super::user_path::{UserPath, is_tenant};
use crate::app::App;
use crate::domain::tier::Limit;
use crate::domain::user::Role;
use crate::services::accounts::directory::{self, Line};
use crate::web::auth::CurrentAdmin;
use crate::web::error::Problem;
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{Moment, icon};

pub fn router() -> Router<App> {
    Router::new().route("/admin/users/{id}", get(show))
}

#[derive(Template)]
#[template(path = "admin/users/user.html")]
struct UserPage {
    layout: Layout,
    line: Line,
    is_own: bool,
    /// Whether this administrator may change the account.
    may_manage: bool,
    may_set_role: bool,
    now: DateTime<Utc>,
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
) -> Result<Response, Problem> {
    let line = directory::line(&app, user).await?;
    let page = UserPage {
        layout: Layout::new(&admin, line.name.clone(), Active::Users),
        is_own: line.id == admin.user.id,
        may_manage: admin.user.role.may_manage(line.role),
        may_set_role: admin.user.role == Role::SuperAdmin,
        line,
        now: app.now(),
    };
    Ok(Page::ok(page).into_response())
}

/// How many agents of how many, how many are over, and whether an override says so.
pub(super) fn seats(line: &Line) -> String {
    let seats = match line.entitlement.limit {
        Limit::AtMost(limit) if line.agents > limit => {
            format!("{} of {limit} · {} over", line.agents, line.agents - limit)
        }
        Limit::AtMost(limit) => format!("{} of {limit}", line.agents),
        Limit::Unlimited if line.overridden => format!("{} · no limit", line.agents),
        Limit::Unlimited => line.agents.to_string(),
    };
    if line.overridden { format!("{seats} · Override") } else { seats }
}

impl UserPage {
    fn is_tenant(&self) -> bool {
        is_tenant(&self.line)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Moment {
        Moment { at: *at, now: self.now }
    }

    fn agents(&self) -> String {
        match self.line.entitlement.limit {
            Limit::Unlimited if !self.line.overridden => format!("{} · no limit", self.line.agents),
            _ => seats(&self.line),
        }
    }
}
