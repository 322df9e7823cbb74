//! Adding somebody who signs in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::domain::password::Password;
use crate::domain::user::Role;
use crate::services::accounts::directory::{self, TierCount};
use crate::services::accounts::{self, NewAccount, OwnPassword};
use crate::services::error::Refusal;
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::{self, Problem};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::{ErrorSummary, messages_for};
use crate::web::set_password::LinkPage;

const FIRST_ROLE: Role = Role::User;

pub fn router() -> Router<App> {
    Router::new().route("/admin/users/new", get(show).post(add))
}

#[derive(Template)]
#[template(path = "admin/users/new.html")]
struct NewUserPage {
    layout: Layout,
    form: NewUserForm,
    tiers: Vec<TierCount>,
    /// Whether this administrator may add administrators.
    offers_roles: bool,
    own_email: String,
    summary: Option<ErrorSummary>,
    refusal: Option<Refusal>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewUserForm {
    email: String,
    name: String,
    role: String,
    tier: String,
    /// The administrator's own, for another administrator.
    password: String,
}

async fn show(State(app): State<App>, admin: CurrentAdmin) -> Result<Response, Problem> {
    let form = NewUserForm { role: FIRST_ROLE.key().to_owned(), ..NewUserForm::default() };
    Ok(Page::ok(page(&app, &admin, form, None).await?).into_response())
}

async fn add(
    State(app): State<App>,
    admin: CurrentAdmin,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    FormBody(mut form): FormBody<NewUserForm>,
) -> Result<Response, Problem> {
    let own = OwnPassword { typed: Password::new(std::mem::take(&mut form.password)), ip };
    let invited = match form.wanted_role() {
        Some(role) => {
            let NewUserForm { email, name, tier, .. } = form.clone();
            accounts::invite(&app, &admin.by(), NewAccount { email, name, role, tier }, own).await
        }
        None => Err(Refusal::field("role", "Choose a role").into()),
    };
    match invited {
        Ok((user, link)) => Ok(Page::ok(LinkPage::new(&app, &admin, &headers, &user, &link)).into_response()),
        Err(refused) => {
            let (status, refusal) = error::of_form(refused)?;
            Ok(status.page(page(&app, &admin, form, Some(refusal)).await?))
        }
    }
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    form: NewUserForm,
    refusal: Option<Refusal>,
) -> Result<NewUserPage, Problem> {
    let layout = Layout::new(admin, "Add user", Active::Users);
    Ok(NewUserPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        form,
        tiers: directory::tiers(app).await?,
        offers_roles: admin.user.role == Role::SuperAdmin,
        own_email: admin.user.email.clone(),
        summary: refusal.as_ref().map(ErrorSummary::of),
        refusal,
    })
}

impl NewUserForm {
    /// What was chosen; whoever may add tenants only chooses nothing.
    fn wanted_role(&self) -> Option<Role> {
        if self.role.is_empty() { Some(FIRST_ROLE) } else { Role::parse(&self.role) }
    }
}

impl NewUserPage {
    fn error(&self, field: &str) -> String {
        messages_for(self.refusal.as_ref(), field).join(". ")
    }

    fn is_role(&self, role: Role) -> bool {
        self.form.wanted_role() == Some(role)
    }
}
