//! Which demos a tenant has, and with them which inboxes.

use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::app::App;
use crate::db::audit::Event;
use crate::db::demos::Demo;
use crate::db::{self, WriteTx};
use crate::domain::ids::{DemoId, InboxId, TenantId};
use crate::domain::person_name::is_invisible;
use crate::domain::user::User;
use crate::services::error::{Refusal, ServiceError};
use crate::services::inboxes;

const MAX_CHARACTERS: usize = 200;

/// What the operator says of a new demo.
pub struct NewDemo {
    pub business_name: String,
    pub business_url: String,
    pub inbox: Option<InboxId>,
}

/// A demo and who owns it.
pub struct OwnedDemo {
    pub owner: User,
    pub demo: Demo,
}

/// Every demo, or those of one tenant: by owner, newest first.
pub async fn list(app: &App, email: Option<&str>) -> Result<Vec<OwnedDemo>, ServiceError> {
    let owners = match email {
        Some(email) => vec![owner(app, email).await?],
        None => db::users::list(app.db.read()).await?.into_iter().map(|account| account.user).collect(),
    };
    let mut all = Vec::new();
    for owner in owners {
        let demos = db::demos::list(app.db.read(), owner.id).await?;
        all.extend(demos.into_iter().map(|demo| OwnedDemo { owner: owner.clone(), demo }));
    }
    Ok(all)
}

/// Gives a tenant a demo; an inbox belongs to one demo only.
pub async fn add(app: &App, email: &str, new: NewDemo) -> Result<Demo, ServiceError> {
    let tenant = owner(app, email).await?.id;
    let demo = Demo {
        id: DemoId(Uuid::now_v7()),
        tenant,
        business_name: name(&new.business_name)?,
        business_url: address(&new.business_url)?,
        inbox: new.inbox,
        created_at: app.now(),
    };
    let tx = app.db.write().await?;
    db::users::lock(&*tx, tenant).await?;
    if let Some(inbox) = demo.inbox {
        refuse_foreign(&tx, tenant, inbox).await?;
    }
    db::demos::insert(&*tx, &demo).await?;
    db::audit::insert(&*tx, event(app, &demo, "demo.added")).await?;
    tx.commit().await?;
    Ok(demo)
}

/// Takes a demo from its tenant, and its inbox from every agent of that tenant.
pub async fn remove(app: &App, email: &str, id: DemoId) -> Result<Demo, ServiceError> {
    let tenant = owner(app, email).await?.id;
    let tx = app.db.write().await?;
    db::users::lock(&*tx, tenant).await?;
    let mut demos = db::demos::list(&*tx, tenant).await?.into_iter();
    let Some(demo) = demos.find(|demo| demo.id == id) else {
        return Err(Refusal::field("id", format!("{email} has no demo {id}")).into());
    };
    db::demos::delete(&*tx, tenant, id).await?;
    if let Some(inbox) = demo.inbox {
        inboxes::withdraw(app, &tx, tenant, inbox).await?;
    }
    db::audit::insert(&*tx, event(app, &demo, "demo.removed")).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(demo)
}

async fn owner(app: &App, email: &str) -> Result<User, ServiceError> {
    let account = db::users::find_by_email(app.db.read(), email).await?;
    let missing = || Refusal::field("email", format!("There is no user {email}"));
    Ok(account.ok_or_else(missing)?.user)
}

async fn refuse_foreign(tx: &WriteTx, tenant: TenantId, inbox: InboxId) -> Result<(), ServiceError> {
    if inbox.0 <= 0 {
        return Err(Refusal::field("inboxId", "An inbox id is a number from 1 up").into());
    }
    let sentence = match db::demos::find_by_inbox(&**tx, inbox).await? {
        None => return Ok(()),
        Some(demo) if demo.tenant == tenant => {
            format!("Inbox {inbox} belongs to this tenant's demo {} already", demo.business_name)
        }
        Some(_) => format!("Inbox {inbox} belongs to another tenant's demo"),
    };
    Err(Refusal::field("inboxId", sentence).into())
}

fn name(typed: &str) -> Result<String, Refusal> {
    let name = typed.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_CHARACTERS && !name.chars().any(is_invisible);
    let must = "A business name has 1 to 200 characters that can be seen";
    if fits { Ok(name.to_owned()) } else { Err(Refusal::field("businessName", must)) }
}

fn address(typed: &str) -> Result<String, Refusal> {
    let url = Url::parse(typed.trim()).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= 2_000);
    let must = "A business URL is a web address such as https://bakery.example";
    url.map(String::from).ok_or_else(|| Refusal::field("businessUrl", must))
}

fn event(app: &App, demo: &Demo, action: &'static str) -> Event {
    Event {
        at: app.now(),
        tenant: Some(demo.tenant),
        actor: "operator",
        actor_id: None,
        action,
        object: "demo",
        object_id: demo.id.to_string(),
        before: None,
        after: Some(json!({ "name": demo.business_name, "inbox": demo.inbox.map(|inbox| inbox.0) })),
        reason: None,
        request_id: None,
    }
}
