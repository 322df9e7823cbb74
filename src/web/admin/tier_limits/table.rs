//! All tiers beside each other.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::domain::limit_value::{Unit, figure};
use crate::domain::limits::{Group, LimitName, Limits};
use crate::domain::tier::Limit;
use crate::services::tier_limits::{self, TierWithTenants};
use crate::web::auth::CurrentAdmin;
use crate::web::error::HtmlError;
use crate::web::page::{Active, Layout, Page};

#[derive(Template)]
#[template(path = "admin/tier_limits/table.html")]
struct TablePage {
    layout: Layout,
    tiers: Vec<TierWithTenants>,
    groups: Vec<(&'static str, Vec<Row>)>,
}

struct Row {
    label: &'static str,
    unit: Option<&'static str>,
    cells: Vec<Cell>,
}

struct Cell {
    tier: String,
    figure: String,
    changed: bool,
}

pub(super) async fn show(State(app): State<App>, admin: CurrentAdmin) -> Result<Response, HtmlError> {
    let tiers = tier_limits::list(&app).await?;
    let row = |name: LimitName| Row {
        label: name.label(),
        unit: matches!(name, LimitName::ChunkSize).then(|| name.unit()),
        cells: tiers.iter().map(|tier| cell(tier, name)).collect(),
    };
    let groups = Group::ALL.into_iter().map(|group| (group.label(), group.limits().map(row).collect()));
    let groups = groups.collect();
    let layout = Layout::new(&admin, "Tier Limits", Active::TierLimits);
    Ok(Page::ok(TablePage { layout, tiers, groups }).into_response())
}

fn cell(tier: &TierWithTenants, name: LimitName) -> Cell {
    let limit = tier.tier.limits.get(name);
    let default = Limits::defaults(&tier.tier.tier).map(|defaults| defaults.get(name));
    let none =
        if limit == Limit::AtMost(0) && Unit::of(name, limit) == Unit::Usual { " – none" } else { "" };
    Cell {
        tier: tier.tier.label.clone(),
        figure: figure(name, limit) + none,
        changed: default.is_some_and(|default| default != limit),
    }
}

/// `1 tenant`, `14 tenants`.
pub(super) fn tenants(count: u64) -> String {
    let noun = if count == 1 { "tenant" } else { "tenants" };
    format!("{} {noun}", crate::domain::limit_value::grouped(count))
}
