//! The own second factor: turning it on, new recovery codes, turning it off.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::auth::CurrentPerson;
use super::body::FormBody;
use super::client_ip::ClientIp;
use super::error::{self, Problem};
use super::flash::{self, Notice};
use super::page::{Active, Layout, Page};
use super::parts::{ErrorSummary, Moment, QrCode, icon, messages_for};
use crate::app::App;
use crate::domain::password::Password;
use crate::services::accounts::{self, RecoveryCodes, SecondFactor};
use crate::services::error::{Refusal, ServiceError};

const PATH: &str = "/account/second-factor";
const PICTURE: &str = "QR code with the same secret as the text below";

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct SecondFactorPage {
    layout: Layout,
    email: String,
    shown: Shown,
    /// Whether this person may go nowhere else before it is on.
    comes_first: bool,
    summary: Option<ErrorSummary>,
    refusal: Option<Refusal>,
}

/// What the page shows of a [`SecondFactor`].
enum Shown {
    Off { possible: bool },
    SettingUp { picture: QrCode, secret: String },
    On { since: Moment, codes_left: u64 },
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct RecoveryCodesPage {
    layout: Layout,
    codes: RecoveryCodes,
    turned_on: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CodeForm {
    code: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OffForm {
    password: String,
    code: String,
}

pub fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/account/second-factor/set-up", post(set_up))
        .route("/account/second-factor/on", post(turn_on))
        .route("/account/second-factor/recovery-codes", post(new_codes))
        .route("/account/second-factor/off", post(turn_off))
}

async fn show(State(app): State<App>, person: CurrentPerson) -> Result<Response, Problem> {
    Ok(Page::ok(page(&app, &person, None).await?).into_response())
}

async fn set_up(State(app): State<App>, person: CurrentPerson) -> Result<Response, Problem> {
    match accounts::set_up_second_factor(&app, person.user.id).await {
        Ok(()) => Ok(Redirect::to(PATH).into_response()),
        Err(refused) => again(&app, &person, refused).await,
    }
}

async fn turn_on(
    State(app): State<App>,
    person: CurrentPerson,
    FormBody(form): FormBody<CodeForm>,
) -> Result<Response, Problem> {
    match accounts::turn_on_second_factor(&app, &person.by(), &form.code).await {
        Ok(codes) => Ok(codes_page(&person, codes, true)),
        Err(refused) => again(&app, &person, refused).await,
    }
}

async fn new_codes(
    State(app): State<App>,
    person: CurrentPerson,
    ClientIp(ip): ClientIp,
    FormBody(form): FormBody<CodeForm>,
) -> Result<Response, Problem> {
    match accounts::new_recovery_codes(&app, &person.by(), &form.code, ip).await {
        Ok(codes) => Ok(codes_page(&person, codes, false)),
        Err(refused) => again(&app, &person, in_form(refused, "new-code")).await,
    }
}

async fn turn_off(
    State(app): State<App>,
    person: CurrentPerson,
    ClientIp(ip): ClientIp,
    FormBody(form): FormBody<OffForm>,
) -> Result<Response, Problem> {
    let password = Password::new(form.password);
    match accounts::turn_off_second_factor(&app, &person.by(), password, &form.code, ip).await {
        Ok(()) => Ok(flash::redirect(&app, PATH, Notice::SecondFactorOff, None)),
        Err(refused) => again(&app, &person, in_form(refused, "off-code")).await,
    }
}

/// Two forms of the page ask for a code: this says which of them was refused.
fn in_form(error: ServiceError, id: &'static str) -> ServiceError {
    match error {
        ServiceError::Refused(Refusal::Fields(mut fields)) => {
            fields.iter_mut().filter(|field| field.field == "code").for_each(|field| field.field = id);
            Refusal::Fields(fields).into()
        }
        other => other,
    }
}

fn codes_page(person: &CurrentPerson, codes: RecoveryCodes, turned_on: bool) -> Response {
    let layout = Layout::new(person, "Your recovery codes", Active::Account);
    Page::ok(RecoveryCodesPage { layout, codes, turned_on }).into_response()
}

async fn again(app: &App, person: &CurrentPerson, error: ServiceError) -> Result<Response, Problem> {
    let (status, refusal) = error::of_form(error)?;
    Ok(status.page(page(app, person, Some(refusal)).await?))
}

async fn page(
    app: &App,
    person: &CurrentPerson,
    refusal: Option<Refusal>,
) -> Result<SecondFactorPage, Problem> {
    let shown = match accounts::second_factor(app, person.user.id).await? {
        SecondFactor::Off { possible } => Shown::Off { possible },
        SecondFactor::SettingUp(secret) => Shown::SettingUp {
            picture: QrCode::new(&secret.uri(&person.user.email), PICTURE),
            secret: secret.for_typing(),
        },
        SecondFactor::On { since, codes_left } => {
            Shown::On { since: Moment { at: since, now: app.now() }, codes_left }
        }
    };
    let is_on = matches!(shown, Shown::On { .. });
    let must = app.config.admin_second_factor && person.user.role.is_administrator();
    let layout = Layout::new(person, "Second factor", Active::Account);
    Ok(SecondFactorPage {
        layout: if refusal.is_some() { layout.with_error() } else { layout },
        email: person.user.email.clone(),
        shown,
        comes_first: must && !is_on,
        summary: refusal.as_ref().map(ErrorSummary::of),
        refusal,
    })
}

impl SecondFactorPage {
    fn error(&self, field: &str) -> String {
        messages_for(self.refusal.as_ref(), field).join(". ")
    }
}
