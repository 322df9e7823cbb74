//! A new link with which somebody sets a password.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::own_password::{OwnForm, OwnPart};
use super::user_path::{UserPath, managed};
use crate::app::App;
use crate::services::accounts;
use crate::services::accounts::directory::Line;
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::{self, Problem};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::icon;
use crate::web::set_password::LinkPage;

pub fn router() -> Router<App> {
    Router::new().route("/admin/users/{id}/password-link", get(ask).post(make))
}

#[derive(Template)]
#[template(path = "admin/users/ask_for_link.html")]
struct AskForLinkPage {
    layout: Layout,
    line: Line,
    has_password: bool,
    own: OwnPart,
}

async fn ask(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
) -> Result<Response, Problem> {
    let line = managed(&app, &admin, user).await?;
    let own = OwnPart::new(&admin, &line, None);
    Ok(Page::ok(page(&app, &admin, line, own).await?).into_response())
}

async fn make(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    FormBody(form): FormBody<OwnForm>,
) -> Result<Response, Problem> {
    match accounts::make_password_link(&app, &admin.by(), user, form.typed(ip)).await {
        Ok((user, link)) => Ok(Page::ok(LinkPage::new(&app, &admin, &headers, &user, &link)).into_response()),
        Err(refused) => {
            let (status, refusal) = error::of_form(refused)?;
            let line = managed(&app, &admin, user).await?;
            let own = OwnPart::new(&admin, &line, Some(&refusal));
            Ok(status.page(page(&app, &admin, line, own).await?))
        }
    }
}

async fn page(app: &App, admin: &CurrentAdmin, line: Line, own: OwnPart) -> Result<AskForLinkPage, Problem> {
    let layout = Layout::new(admin, format!("New link for {}", line.name), Active::Users);
    let layout = if own.summary.is_some() { layout.with_error() } else { layout };
    let has_password = accounts::way_in(app, line.id).await?.has_password;
    Ok(AskForLinkPage { layout, line, has_password, own })
}
