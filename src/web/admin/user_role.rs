//! Another role, which only a super admin gives, with the own password once more.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::user_path::{UserPath, path};
use crate::app::App;
use crate::domain::ids::UserId;
use crate::domain::password::Password;
use crate::domain::user::Role;
use crate::services::accounts::directory::{self, Line};
use crate::services::accounts::manage;
use crate::services::error::{Refusal, ServiceError};
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::{self, Problem};
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, icon, messages_for};

pub fn router() -> Router<App> {
    Router::new().route("/admin/users/{id}/role", get(show).post(set))
}

#[derive(Template)]
#[template(path = "admin/users/role.html")]
struct RolePage {
    layout: Layout,
    line: Line,
    is_own: bool,
    own_email: String,
    chosen: Role,
    /// What keeps a tenant from becoming an administrator.
    kept: Option<String>,
    summary: Option<ErrorSummary>,
    refusal: Option<Refusal>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RoleForm {
    role: String,
    password: String,
}

async fn show(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
) -> Result<Response, Problem> {
    Ok(Page::ok(page(&app, &admin, user, None, None).await?).into_response())
}

async fn set(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
    ClientIp(ip): ClientIp,
    FormBody(form): FormBody<RoleForm>,
) -> Result<Response, Problem> {
    let role = Role::parse(&form.role);
    let changed = match role {
        Some(role) => {
            manage::change_role(&app, &admin.by(), user, role, Password::new(form.password), ip).await
        }
        None => Err(Refusal::field("role", "Choose a role").into()),
    };
    match changed {
        Ok(true) => Ok(flash::redirect(&app, &path(user), Notice::UserRoleSet, None)),
        Ok(false) => Ok(flash::redirect(&app, &path(user), Notice::UserSoAlready, None)),
        Err(refused) => {
            let (status, refusal) = error::of_form(refused)?;
            Ok(status.page(page(&app, &admin, user, role, Some(refusal)).await?))
        }
    }
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    user: UserId,
    chosen: Option<Role>,
    refusal: Option<Refusal>,
) -> Result<RolePage, Problem> {
    let line = directory::line(app, user).await?;
    if admin.user.role != Role::SuperAdmin {
        return Err(ServiceError::from(Refusal::NotAllowed(manage::ROLES)).into());
    }
    let kept = match line.role {
        Role::User => manage::kept_a_tenant(app, user).await?,
        _ => None,
    };
    let layout = Layout::new(admin, format!("Role of {}", line.name), Active::Users);
    Ok(RolePage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        is_own: line.id == admin.user.id,
        own_email: admin.user.email.clone(),
        kept,
        chosen: chosen.unwrap_or(line.role),
        line,
        summary: refusal.as_ref().map(ErrorSummary::of),
        refusal,
    })
}

impl RolePage {
    fn error(&self, field: &str) -> String {
        messages_for(self.refusal.as_ref(), field).join(". ")
    }

    fn is_chosen(&self, role: Role) -> bool {
        self.chosen == role
    }
}
