//! The description of the API, generated from the handlers themselves.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

use super::reference::Reference;
use crate::web::health;

/// The description in both its forms, made once.
pub struct Description {
    pub json: String,
    pub reference: Reference,
}

/// The description of every route of the router.
pub static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    let described = super::described().merge(health::router()).into_openapi();
    let document = serde_json::to_value(&described).unwrap_or_default();
    Description { json: document.to_string(), reference: Reference::read(&document) }
});

/// What holds for the whole description; the routes bring the rest.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "LocalBoxs Helpdesk Setup",
        description = "Creates a tenant's Chatwoot agents within its tier's limit and gives them the tenant's own inboxes. \
            Sign in once; the session cookie then says who asks. A request that changes something and brings a cookie \
            must come from our own origin (`Origin` or `Sec-Fetch-Site` says so).",
        license(name = "MIT", identifier = "MIT")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ErrorBody)),
    modifiers(&SessionCookie),
    security(("session" = []))
)]
pub struct Base;

struct SessionCookie;

impl Modify for SessionCookie {
    fn modify(&self, described: &mut utoipa::openapi::OpenApi) {
        let cookie = ApiKeyValue::with_description(
            "__Host-localboxs",
            "Set by signing in; browsers send it by themselves. Over plain HTTP its name is `localboxs`.",
        );
        let components = described.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// What every refusal says.
#[derive(ToSchema)]
#[schema(as = Error, rename_all = "camelCase")]
#[expect(dead_code, reason = "only describes what is drawn for a Problem")]
pub struct ErrorBody {
    /// A sentence to show.
    #[schema(example = "Your Pro plan includes 3 agents and all 3 are in use.")]
    error: String,
    /// A word for programs.
    #[schema(example = "tier_limit_reached")]
    code: String,
    /// What is wrong, field by field; only if fields are.
    #[schema(required = false, nullable = false)]
    fields: Option<BTreeMap<String, Vec<String>>>,
    /// Names this request in the log.
    #[schema(example = "2f1c0d6e9a7b4c3d8e5f60718293a4b5")]
    request_id: String,
}

/// Refusals that every call of a tenant can answer with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only describes what Problem answers")]
pub enum Refusals {
    /// Nobody is signed in: the session is missing or has ended.
    #[response(status = 401)]
    SignedOut(ErrorBody),
    /// Not allowed.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// The fault is ours; the log knows more under this request id.
    #[response(status = 500)]
    Fault(ErrorBody),
    /// Too busy, or the database is away. `Retry-After` says in how many seconds to try again.
    #[response(status = 503, headers(("Retry-After" = u32, description = "Seconds to wait")))]
    Unavailable(ErrorBody),
}

/// Refusals of a request body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only describes what JsonBody answers")]
pub enum BodyRefusals {
    /// The body is not JSON.
    #[response(status = 400)]
    Unreadable(ErrorBody),
    /// The body is larger than 64 KiB (1 MB where a list is sent).
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// The body is announced as something else than JSON.
    #[response(status = 415)]
    NotJson(ErrorBody),
    /// Fields are missing, wrong or unknown; `fields` says for each what helps.
    #[response(status = 422)]
    Invalid(ErrorBody),
}

/// Refusals that name a thing which is not the tenant's.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only describes what Problem answers")]
pub enum NotFound {
    /// There is no such thing, or it is another tenant's: the answers do not differ.
    #[response(status = 404)]
    Absent(ErrorBody),
}

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "showDescription",
    tag = "This description",
    security(()),
    responses((status = 200, description = "An OpenAPI 3.1 document", body = serde_json::Value))
)]
pub async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION.json.as_str())
}
