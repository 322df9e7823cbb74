//! Every user, page by page, and one of them with all that is known.

use crate::app::App;
use crate::db;
pub use crate::db::directory::{Line, TierCount};
use crate::domain::ids::UserId;
use crate::domain::user::UserFilter;
use crate::services::error::ServiceError;

const PAGE_SIZE: u64 = 50;

/// A page of the list.
#[derive(Clone, Debug)]
pub struct Directory {
    pub lines: Vec<Line>,
    /// Every tier, lowest first.
    pub tiers: Vec<TierCount>,
    /// How many users the filter finds, on all pages.
    pub total: u64,
    pub page: u64,
    pub pages: u64,
}

/// The users that the filter finds; a page beyond the last one is empty. Costs two queries.
pub async fn directory(app: &App, filter: &UserFilter, page: u64) -> Result<Directory, ServiceError> {
    let conn = app.db.read();
    let tiers = db::directory::count(conn, filter).await?;
    let total = tiers.iter().map(|tier| tier.matching).sum::<u64>();
    let offset = page.saturating_sub(1).saturating_mul(PAGE_SIZE);
    let lines = if offset < total {
        db::directory::page(conn, filter, &tiers, (offset, PAGE_SIZE), app.now()).await?
    } else {
        Vec::new()
    };
    Ok(Directory { lines, tiers, total, page, pages: total.div_ceil(PAGE_SIZE) })
}

/// Every tier, lowest first.
pub async fn tiers(app: &App) -> Result<Vec<TierCount>, ServiceError> {
    Ok(db::directory::count(app.db.read(), &UserFilter::default()).await?)
}

/// One user as a line of the list.
pub async fn line(app: &App, id: UserId) -> Result<Line, ServiceError> {
    db::directory::find(app.db.read(), id, app.now()).await?.ok_or(ServiceError::NotFound)
}
