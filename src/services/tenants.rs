//! A tenant's Helpdesk Setup as an administrator sees it.

use crate::app::App;
use crate::db;
use crate::db::audit::Event;
use crate::domain::ids::TenantId;
use crate::domain::user::{Role, User};
use crate::services::agents::{self, Overview};
use crate::services::audit::By;
use crate::services::error::ServiceError;

/// A tenant with its agents.
pub struct Look {
    pub tenant: User,
    pub overview: Overview,
}

/// Shows a tenant's agents to an administrator, once it is in the audit log that they looked.
pub async fn look(app: &App, by: &By, tenant: TenantId, page: u64) -> Result<Look, ServiceError> {
    let account = db::users::find(app.db.read(), tenant).await?;
    let user = account.map(|account| account.user).filter(|user| user.role == Role::User);
    let tenant = user.ok_or(ServiceError::NotFound)?;
    let tx = app.db.write().await?;
    db::audit::insert(&*tx, viewed(app, by, &tenant)).await?;
    tx.commit().await?;
    let overview = agents::overview(app, tenant.id, "", page).await?;
    Ok(Look { tenant, overview })
}

fn viewed(app: &App, by: &By, tenant: &User) -> Event {
    Event {
        at: app.now(),
        tenant: Some(tenant.id),
        actor: "user",
        actor_id: Some(by.user),
        action: "tenant.viewed",
        object: "tenant",
        object_id: tenant.id.to_string(),
        before: None,
        after: None,
        reason: None,
        request_id: by.request_id.clone(),
    }
}
