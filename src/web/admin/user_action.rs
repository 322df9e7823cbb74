//! What is done to an account after saying what it means: suspend, open again, sign out, reset the second factor.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::own_password::{OwnForm, OwnPart};
use super::user_consequences::consequences;
use super::user_path::{UserPath, managed, path};
use crate::app::App;
use crate::domain::ids::UserId;
use crate::services::accounts::directory::Line;
use crate::services::accounts::{self, OwnPassword, Person, manage};
use crate::services::audit::By;
use crate::services::error::ServiceError;
use crate::web::auth::CurrentAdmin;
use crate::web::body::FormBody;
use crate::web::client_ip::ClientIp;
use crate::web::error::{self, Problem};
use crate::web::flash::{self, Notice};
use crate::web::page::{Active, Layout, Page};
use crate::web::parts::icon;

pub fn router() -> Router<App> {
    Router::new().route("/admin/users/{id}/{action}", get(confirm).post(act))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Suspend,
    Enable,
    SignOut,
    ResetSecondFactor,
}

#[derive(Template)]
#[template(path = "admin/users/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    line: Line,
    action: Action,
    consequences: Vec<String>,
    own: OwnPart,
}

async fn confirm(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
    Path((_, action)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let action = Action::parse(&action)?;
    let line = managed(&app, &admin, user).await?;
    let own = OwnPart::new(&admin, &line, None);
    Ok(Page::ok(page(&app, &admin, line, action, own).await?).into_response())
}

async fn act(
    State(app): State<App>,
    admin: CurrentAdmin,
    UserPath(user): UserPath,
    Path((_, action)): Path<(String, String)>,
    ClientIp(ip): ClientIp,
    FormBody(form): FormBody<OwnForm>,
) -> Result<Response, Problem> {
    let action = Action::parse(&action)?;
    match action.carry_out(&app, &admin.by(), user, form.typed(ip)).await {
        Ok(done) => {
            let notice = if done { action.notice() } else { action.notice_of_nothing() };
            Ok(flash::redirect(&app, &path(user), notice, None))
        }
        Err(refused) => {
            let (status, refusal) = error::of_form(refused)?;
            let line = managed(&app, &admin, user).await?;
            let own = OwnPart::new(&admin, &line, Some(&refusal));
            Ok(status.page(page(&app, &admin, line, action, own).await?))
        }
    }
}

async fn page(
    app: &App,
    admin: &CurrentAdmin,
    line: Line,
    action: Action,
    own: OwnPart,
) -> Result<ConfirmPage, Problem> {
    let consequences = consequences(action, &line, accounts::way_in(app, line.id).await?);
    let layout = Layout::new(admin, action.title(&line.name), Active::Users);
    let layout = if own.summary.is_some() { layout.with_error() } else { layout };
    Ok(ConfirmPage { layout, line, action, consequences, own })
}

impl ConfirmPage {
    fn asks_password(&self) -> bool {
        self.action == Action::ResetSecondFactor && self.own.asks_password
    }
}

impl Action {
    const ALL: [Self; 4] = [Self::Suspend, Self::Enable, Self::SignOut, Self::ResetSecondFactor];

    fn key(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Enable => "enable",
            Self::SignOut => "sign-out",
            Self::ResetSecondFactor => "reset-second-factor",
        }
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let known = Self::ALL.into_iter().find(|action| action.key() == text);
        known.ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND))
    }

    /// Does it; `false` if there was nothing to do.
    async fn carry_out(
        self,
        app: &App,
        by: &By,
        user: UserId,
        own: OwnPassword,
    ) -> Result<bool, ServiceError> {
        let (author, who) = (by.clone().into(), Person::Id(user));
        match self {
            Self::Suspend => manage::disable(app, &author, who).await,
            Self::Enable => manage::enable(app, &author, who).await,
            Self::SignOut => manage::sign_out(app, &author, who).await.map(|()| true),
            Self::ResetSecondFactor => accounts::reset_second_factor_of(app, by, user, own).await,
        }
    }

    fn notice(self) -> Notice {
        match self {
            Self::Suspend => Notice::UserSuspended,
            Self::Enable => Notice::UserEnabled,
            Self::SignOut => Notice::UserSignedOut,
            Self::ResetSecondFactor => Notice::SecondFactorReset,
        }
    }

    /// What to say when there was nothing to do.
    fn notice_of_nothing(self) -> Notice {
        match self {
            Self::Enable => Notice::UserNotSuspended,
            Self::ResetSecondFactor => Notice::SecondFactorAbsent,
            Self::Suspend | Self::SignOut => Notice::UserSoAlready,
        }
    }

    fn title(self, name: &str) -> String {
        match self {
            Self::Suspend => format!("Suspend {name}?"),
            Self::Enable => format!("Open the account of {name} again?"),
            Self::SignOut => format!("Sign {name} out everywhere?"),
            Self::ResetSecondFactor => format!("Reset the second factor of {name}?"),
        }
    }

    fn button(self, name: &str) -> String {
        match self {
            Self::Suspend => format!("Suspend {name}"),
            Self::Enable => "Open the account again".to_owned(),
            Self::SignOut => format!("Sign {name} out"),
            Self::ResetSecondFactor => "Reset second factor".to_owned(),
        }
    }
}
