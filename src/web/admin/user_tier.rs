//! Another tier for a tenant, with what that would mean.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::user_path::{UserPath, managed, path};
use crate::app::App;
use crate::domain::tier::Limit;
use crate::services::accounts::directory::{self, Line, TierCount};
use crate::services::accounts::{Person, manage};
use crate::services::error::Refusal;
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::error::{self, Problem};
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::ErrorSummary;

pub fn router() -> Router<App> {
    Router::new().route("/admin/users/{id}/tier", get(show).post(set))
}

#[derive(Template)]
#[template(path = "admin/users/tier.html")]
struct TierPage {
    layout: Layout,
    line: Line,
    tiers: Vec<TierCount>,
    /// The key of the tier that is chosen on the form.
    chosen: String,
    summary: Option<ErrorSummary>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TierForm {
    tier: String,
    /// The tier that the page showed.
    was: String,
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
) -> Result<Response, Problem> {
    let line = managed(&app, &admin, user).await?;
    let chosen = line.tier.clone();
    Ok(Page::ok(page(&app, &admin, line, chosen, None).await?).into_response())
}

async fn set(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
    FormBody(form): FormBody<TierForm>,
) -> Result<Response, Problem> {
    // PostgreSQL takes no zero byte, and no tier has one.
    let tier = form.tier.replace('\0', "");
    let was = Some(form.was.as_str()).filter(|was| !was.is_empty());
    match manage::set_tier(&app, &admin.by().into(), Person::Id(user), &tier, was).await {
        Ok(true) => Ok(flash::redirect(&app, &path(user), Notice::UserTierSet, None)),
        Ok(false) => Ok(flash::redirect(&app, &path(user), Notice::UserSoAlready, None)),
        Err(refused) => {
            let (status, refusal) = error::of_form(refused)?;
            let line = managed(&app, &admin, user).await?;
            Ok(status.page(page(&app, &admin, line, tier, Some(&refusal)).await?))
        }
    }
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    line: Line,
    chosen: String,
    refusal: Option<&Refusal>,
) -> Result<TierPage, Problem> {
    let layout = Layout::new(admin, format!("Tier of {}", line.name), Active::Users);
    Ok(TierPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        line,
        tiers: directory::tiers(app).await?,
        chosen,
        summary: refusal.map(ErrorSummary::of),
    })
}

impl TierPage {
    /// What the tier allows.
    fn allows(tier: &TierCount) -> String {
        match tier.max_agents {
            Limit::Unlimited => "No limit on agents".to_owned(),
            Limit::AtMost(0) => "No agents".to_owned(),
            Limit::AtMost(1) => "1 agent".to_owned(),
            Limit::AtMost(limit) => format!("{limit} agents"),
        }
    }

    /// What moving there would mean for this tenant, if anything.
    fn impact(&self, tier: &TierCount) -> Vec<String> {
        let Line { agents, demos, overridden, .. } = &self.line;
        let counted = [
            ("agent", *agents, *overridden, tier.max_agents),
            ("demo", demos.used, demos.overridden, tier.max_demos),
        ];
        let of = |(thing, used, own, limit)| {
            if own { Some(self.keeps(thing)) } else { self.over(&tier.label, thing, used, limit) }
        };
        counted.into_iter().filter_map(of).collect()
    }

    fn keeps(&self, thing: &str) -> String {
        format!("{} keeps its own limit of {thing}s, an override, whatever its tier.", self.line.name)
    }

    fn over(&self, tier: &str, thing: &str, used: u64, limit: Limit) -> Option<String> {
        let Limit::AtMost(limit) = limit else { return None };
        let plural = if used == 1 { "" } else { "s" };
        let active = if thing == "agent" { "active " } else { "" };
        (used > limit).then(|| {
            format!(
                "{} has {used} {active}{thing}{plural}; {tier} allows {limit}. Nothing is removed, but no {thing} can be added until it is back to {limit}.",
                self.line.name
            )
        })
    }
}
