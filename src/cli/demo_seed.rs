//! What the demo starts with: people here, and a Chatwoot with more in it than is theirs.

use chatwoot_sandbox::{NewInbox, NewUser, Role as ChatwootRole, Sandbox, Seed};

use super::table::table;
use super::{Failure, sandbox};
use crate::app::App;
use crate::domain::ids::InboxId;
use crate::domain::limits::LimitName;
use crate::domain::password::Password;
use crate::domain::user::Role;
use crate::services::accounts::{self, NewPerson};
use crate::services::audit::By;
use crate::services::demos::{self, NewDemo};
use crate::services::overrides::{self, Typed};
use crate::services::passwords;

/// The owner of the account key.
pub const CHATWOOT_ADMINISTRATOR: &str = "ada@chatwoot.example";
const CHATWOOT_AGENT: &str = "hugo@chatwoot.example";
/// Inboxes of the same account that are nobody's here.
const FOREIGN: [&str; 2] = ["Press office", "Another company's shop"];

struct Person {
    email: &'static str,
    name: &'static str,
    tier: &'static str,
    role: Role,
    /// Names of businesses; each has a demo and an inbox of that name.
    businesses: &'static [&'static str],
}

const PEOPLE: [Person; 5] = [
    Person {
        email: "admin@localboxs.example",
        name: "Sam Lee",
        tier: "ENTERPRISE",
        role: Role::SuperAdmin,
        businesses: &[],
    },
    Person {
        email: "owner@bakery.example",
        name: "Rosa Bloom",
        tier: "FREE",
        role: Role::User,
        businesses: &["Bloom Bakery"],
    },
    Person {
        email: "owner@bikes.example",
        name: "Jonas Rad",
        tier: "PRO",
        role: Role::User,
        businesses: &["Rad Bikes", "Rad Repairs"],
    },
    Person {
        email: "owner@clinic.example",
        name: "Dr. Amara Obi",
        tier: "PRO_PLUS",
        role: Role::User,
        businesses: &["City Clinic", "City Dental", "City Pharmacy"],
    },
    Person {
        email: "owner@hotels.example",
        name: "Mei Chen",
        tier: "ENTERPRISE",
        role: Role::User,
        businesses: &["Harbour Hotel", "Mountain Lodge", "Old Town Inn", "Airport Rooms"],
    },
];

/// A Chatwoot with two people and every inbox, and their sign-ins as rows of the table.
pub fn chatwoot() -> (Seed, Vec<[String; 4]>) {
    let mut seed = Seed::new();
    seed.run_jobs_after(sandbox::JOB_DELAY);
    let account = seed.account("LocalBoxs demo");
    let mut sign_ins = Vec::new();
    let people = [
        ("Ada Administrator", CHATWOOT_ADMINISTRATOR, ChatwootRole::Administrator, "administrator"),
        ("Hugo Helper", CHATWOOT_AGENT, ChatwootRole::Agent, "agent, a person of Chatwoot's own"),
    ];
    for (name, email, role, what) in people {
        let password = passwords::generate();
        let user = seed.user(NewUser::new(name, email).password(password.reveal()));
        seed.member(account, user.id, role);
        sign_ins.push(row("Chatwoot", email, &password, what));
    }
    let mut businesses = PEOPLE.iter().flat_map(|person| person.businesses).copied();
    let first = businesses.next();
    // The foreign ones stand between the tenants' own, as in a real account.
    for name in first.into_iter().chain(FOREIGN).chain(businesses) {
        seed.inbox(account, NewInbox::new(name).website_url(&url(name)));
    }
    let app = seed.platform_app("LocalBoxs");
    seed.permit_account(app.id, account);
    (seed, sign_ins)
}

/// Everybody who signs in here, with their demos; answers the sign-ins as rows of the table.
pub async fn people(app: &App, sandbox: &Sandbox) -> Result<Vec<[String; 4]>, Failure> {
    // At the same time, because hashing a password takes long.
    let [admin, bakery, bikes, clinic, hotels] = &PEOPLE;
    let add = |person| add(app, sandbox, person);
    let added = tokio::try_join!(add(admin), add(bakery), add(bikes), add(clinic), add(hotels))?;
    raise_one_limit(app).await?;
    Ok(Vec::from(<[_; 5]>::from(added)))
}

/// Lets the demo show a limit that differs from the tier's.
async fn raise_one_limit(app: &App) -> Result<(), Failure> {
    let [admin, _, bikes, ..] = &PEOPLE;
    let admin = accounts::find_by_email(app, admin.email).await?;
    let tenant = accounts::find_by_email(app, bikes.email).await?;
    let (Some(admin), Some(tenant)) = (admin, tenant) else { return Ok(()) };
    let by = By { user: admin.user.id, request_id: None };
    let typed = Typed {
        limit: LimitName::HelpdeskAgents.key().to_owned(),
        value: "8".to_owned(),
        reason: "Opens two more shops in spring".to_owned(),
        ..Typed::default()
    };
    overrides::set(app, &by, tenant.user.id, &typed).await?;
    Ok(())
}

/// The sign-ins as people read them.
pub fn sign_in_table(rows: &[[String; 4]]) -> String {
    table(["Where", "E-mail", "Password", "Who"], rows)
}

async fn add(app: &App, sandbox: &Sandbox, person: &Person) -> Result<[String; 4], Failure> {
    let password = passwords::generate();
    let new = NewPerson {
        email: person.email.to_owned(),
        name: person.name.to_owned(),
        password: password.clone(),
        role: person.role,
        tier: person.tier.to_owned(),
    };
    accounts::create_user(app, new).await?;
    for business in person.businesses {
        let inbox = inbox(sandbox, business);
        let business_name = (*business).to_owned();
        demos::add(app, person.email, NewDemo { business_name, business_url: url(business), inbox }).await?;
    }
    let who = match person.role {
        Role::User => format!("tenant, tier {}", person.tier),
        Role::Admin | Role::SuperAdmin => "administrator".to_owned(),
    };
    Ok(row("Helpdesk Setup", person.email, &password, &who))
}

fn inbox(sandbox: &Sandbox, name: &str) -> Option<InboxId> {
    let account = sandbox.accounts().first()?.id;
    let inbox = sandbox.inboxes(account).into_iter().find(|inbox| inbox.name == name)?;
    i64::try_from(inbox.id).ok().map(InboxId)
}

fn url(business: &str) -> String {
    let label: String = business.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("https://{}.example", label.to_lowercase())
}

fn row(at: &str, email: &str, password: &Password, who: &str) -> [String; 4] {
    [at, email, password.reveal(), who].map(str::to_owned)
}
