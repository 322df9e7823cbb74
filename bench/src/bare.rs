//! The bare handler: the same queries through a pool of the same size, and a constant body. No session to check,
//! nothing rendered.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use localboxs::db::overview::Which;
use localboxs::db::sessions::StoredSession;
use localboxs::db::{self, Db};
use localboxs::domain::ids::TenantId;
use localboxs::telemetry;
use sea_orm::DbErr;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::rows::{self, TENANTS};
use crate::{Outcome, create};

/// As in `localboxs serve`.
const POOL: u32 = 8;
const BODY: &str = "done\n";
const NEVER: i64 = i64::MAX;

/// What every handler shares.
pub struct Bare {
    pub db: Db,
    pub http: reqwest::Client,
    pub chatwoot: String,
    /// Agents created so far.
    pub created: AtomicUsize,
    visitors: Vec<Visitor>,
}

/// A tenant by whom every request is made.
struct Visitor {
    tenant: TenantId,
    session: String,
}

/// Why a request failed: the bare handler has but one answer.
pub struct Failed;

type Answer = Result<&'static str, Failed>;

/// Serves until killed; logs what `RUST_LOG` says, like the program.
pub async fn serve(database: &str, port: u16, chatwoot: &str) -> Outcome {
    #[expect(clippy::disallowed_methods, reason = "there is no other configuration")]
    telemetry::start(&std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".into()), false);
    let db = Db::connect(database, POOL).await?;
    let visitors = visitors(&db).await?;
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().no_proxy().build()?;
    let chatwoot = format!("{chatwoot}/api");
    let bare = Bare { db, http, chatwoot, created: AtomicUsize::new(0), visitors };
    let router = Router::new()
        .route("/health", get(async || BODY))
        .route("/agents/{tenant}", get(agents))
        .route("/inboxes/{tenant}", get(inboxes))
        .route("/tier-limits/{tenant}", get(tier_limits))
        .route("/helpdesk/{tenant}", get(helpdesk))
        .route("/create", post(create_agent))
        .with_state(Arc::new(bare));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn agents(State(bare): State<Arc<Bare>>, Path(tenant): Path<usize>) -> Answer {
    let tenant = bare.signed_in(tenant).await?;
    db::agents::list(bare.db.read(), tenant, None, 1_001).await?;
    Ok(BODY)
}

async fn inboxes(State(bare): State<Arc<Bare>>, Path(tenant): Path<usize>) -> Answer {
    let tenant = bare.signed_in(tenant).await?;
    db::demos::inboxes_as_of(bare.db.read(), tenant).await?;
    Ok(BODY)
}

async fn tier_limits(State(bare): State<Arc<Bare>>, Path(tenant): Path<usize>) -> Answer {
    let tenant = bare.signed_in(tenant).await?;
    db::tier_limits::find(bare.db.read(), "PRO", tenant, create::now()).await?;
    Ok(BODY)
}

async fn helpdesk(State(bare): State<Arc<Bare>>, Path(tenant): Path<usize>) -> Answer {
    let tenant = bare.signed_in(tenant).await?;
    let page = Which::Page { filter: "", offset: 0, count: 25 };
    db::overview::read(bare.db.read(), tenant, page, create::now()).await?;
    Ok(BODY)
}

async fn create_agent(State(bare): State<Arc<Bare>>) -> Answer {
    create::create(&bare).await?;
    Ok(BODY)
}

impl Bare {
    /// The query of every signed-in request.
    pub async fn signed_in(&self, tenant: usize) -> Result<TenantId, Failed> {
        let Visitor { tenant, session } = self.visitors.get(tenant).ok_or(Failed)?;
        db::users::find_by_session(self.db.read(), session, 0).await?;
        Ok(*tenant)
    }
}

async fn visitors(db: &Db) -> Outcome<Vec<Visitor>> {
    let mut visitors = Vec::new();
    for number in 0..TENANTS {
        let account = db::users::find_by_email(db.read(), &rows::address(number)).await?;
        let tenant = account.ok_or("first store the rows")?.user.id;
        let session = StoredSession {
            id_hash: Uuid::new_v4().simple().to_string().repeat(2),
            user: Some(tenant),
            data: format!(r#"{{"signed_in":{{"user_id":"{tenant}","auth_hash":[]}}}}"#),
            created_at_ms: 0,
            expires_at_ms: NEVER,
            signed_in_at_ms: Some(0),
            // Used just now, for ever, so that no request notes that it was used.
            last_used_ms: NEVER,
            browser: String::new(),
            network: None,
        };
        db::sessions::insert(db.read(), &session).await?;
        visitors.push(Visitor { tenant, session: session.id_hash });
    }
    Ok(visitors)
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl From<DbErr> for Failed {
    fn from(_: DbErr) -> Self {
        Self
    }
}

impl From<reqwest::Error> for Failed {
    fn from(_: reqwest::Error) -> Self {
        Self
    }
}
