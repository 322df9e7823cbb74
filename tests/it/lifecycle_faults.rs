//! Every call of every deed on an agent, met by every fault, before and after Chatwoot did it: the same end as without.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chatwoot_sandbox::{Fault, Reply, RetryAfter};
use localboxs::domain::agent::AgentState;
use localboxs::domain::ids::{AgentId, InboxId, TenantId};
use localboxs::domain::password::Password;
use localboxs::services::accounts::Proof;
use localboxs::services::agents::{self, Actor, AgentView, NewAgent};
use localboxs::services::{audit, health, inboxes};

use crate::support::{Office, PASSWORD};

const OWNER: &str = "owner@acme.example";
const CHOSEN: &str = "Chosen pass-w0rd";
const SETTLED: Duration = Duration::from_secs(21);
const HOLD: Duration = Duration::from_secs(606);
const CHECKED: Duration = Duration::from_secs(3_700);

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
enum Luck {
    ErrorBefore,
    ErrorAfter,
    LostBefore,
    LostAfter,
    GatewayBefore,
    GatewayAfter,
    CutAfter,
    TooMany,
    CrashBefore,
    CrashAfter,
}

const LUCKS: [Luck; 10] = [
    Luck::ErrorBefore,
    Luck::ErrorAfter,
    Luck::LostBefore,
    Luck::LostAfter,
    Luck::GatewayBefore,
    Luck::GatewayAfter,
    Luck::CutAfter,
    Luck::TooMany,
    Luck::CrashBefore,
    Luck::CrashAfter,
];

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Create,
    Give,
    Take,
    Rename,
    Password,
    Suspend,
    Resume,
    Remove,
    Undo,
}

/// How Chatwoot lets people into the account (contract, section 6, modes A and B).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Platform,
    /// By the account's own key; Chatwoot then deletes whoever leaves their last account.
    Account,
}

impl Luck {
    fn on(self, method: &str, path: &str, nth: u64) -> Fault {
        let fault = Fault::on(method, path).nth(nth);
        match self {
            Self::ErrorBefore => fault.reply(Reply::RailsError),
            Self::ErrorAfter => fault.commit_then(Reply::RailsError),
            Self::LostBefore => fault.reply(Reply::Close),
            Self::LostAfter => fault.commit_then(Reply::Close),
            Self::GatewayBefore => fault.reply(Reply::Gateway(502)),
            Self::GatewayAfter => fault.commit_then(Reply::Gateway(502)),
            Self::CutAfter => fault.commit_then(Reply::CutShort),
            Self::TooMany => fault.reply(Reply::TooManyRequests(RetryAfter::Unsaid)),
            Self::CrashBefore => fault.reply(Reply::Hang),
            Self::CrashAfter => fault.commit_then(Reply::Hang),
        }
    }

    fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

/// A tenant with one agent in the inboxes 1 and 2, and a stranger's agent beside it.
struct Scene {
    office: Office,
    way: Way,
    tenant: TenantId,
    agent: Option<AgentId>,
    /// Everything in Chatwoot that is not ours, as it was at first.
    strangers: String,
    made: u32,
}

impl Scene {
    async fn open(way: Way) -> Self {
        let office = Office::with_patience(Duration::from_millis(40)).await;
        office.tenant(OWNER, "PRO", &[1, 2, 3]).await;
        let zoe = office.sandbox.edit(|chatwoot| {
            let zoe = chatwoot.user(chatwoot_sandbox::NewUser::new("Zoe", "zoe@chat.example"));
            chatwoot.member(1, zoe.id, chatwoot_sandbox::Role::Agent);
            for inbox in 1..=4 {
                chatwoot.inbox_member(inbox, zoe.id);
            }
            zoe.id
        });
        assert!(zoe > 0);
        if way == Way::Account {
            office.sandbox.edit(|chatwoot| chatwoot.forbid_account(1, 1));
            health::check(&office.app.app).await.unwrap();
        }
        let tenant = office.app.uuids("SELECT id FROM users").await[0];
        let mut scene = Self {
            office,
            way,
            tenant: localboxs::domain::ids::UserId(tenant),
            agent: None,
            strangers: String::new(),
            made: 0,
        };
        scene.strangers = scene.not_ours();
        scene
    }

    fn actor(&self) -> Actor {
        Actor { tenant: self.tenant, user: self.tenant, request_id: None }
    }

    /// What in Chatwoot does not carry a tag of ours.
    fn not_ours(&self) -> String {
        let sandbox = &self.office.sandbox;
        let theirs: Vec<_> =
            sandbox.users().into_iter().filter(|user| user.custom_attributes.is_empty()).collect();
        let ids: BTreeSet<u64> = theirs.iter().map(|user| user.id).collect();
        let members: Vec<_> =
            sandbox.account_users(1).into_iter().filter(|member| ids.contains(&member.user_id)).collect();
        let inboxes: Vec<Vec<u64>> = (1..=4)
            .map(|inbox| sandbox.inbox_members(inbox).into_iter().filter(|id| ids.contains(id)).collect())
            .collect();
        let people: Vec<_> = theirs.iter().map(|user| (user.id, &user.name, &user.email)).collect();
        format!(
            "{people:?} {:?} {inboxes:?}",
            members.iter().map(|m| (m.user_id, m.role)).collect::<Vec<_>>()
        )
    }

    /// Brings the agent where the deed begins.
    async fn prepare(&mut self, deed: Deed) {
        let (app, actor) = (self.office.app.app.clone(), self.actor());
        if deed == Deed::Create {
            if let Some(agent) = self.agent.take() {
                drop(agents::remove(&app, &actor, agent).await);
                self.office.pass(HOLD).await;
                self.office.pass(CHECKED).await;
            }
            return;
        }
        if self.agent.is_none() {
            self.create().await;
            self.settle().await;
        }
        let agent = self.agent.unwrap();
        match self.view().await.map(|view| view.agent.state) {
            Some(AgentState::Suspended) => drop(agents::resume(&app, &actor, agent).await),
            Some(AgentState::Removing) => drop(agents::undo_removal(&app, &actor, agent).await),
            _ => {}
        }
        self.settle().await;
        drop(inboxes::assign_all(&app, &actor, agent, &[InboxId(1), InboxId(2)]).await);
        self.settle().await;
        match deed {
            Deed::Resume => drop(agents::suspend(&app, &actor, agent).await),
            Deed::Undo => drop(agents::remove(&app, &actor, agent).await),
            _ => {}
        }
        self.settle().await;
    }

    async fn create(&mut self) {
        self.made += 1;
        let new = NewAgent {
            name: format!("Ana {}", self.made),
            password: Some(Password::new(CHOSEN.into())),
            inboxes: vec![InboxId(1), InboxId(2)],
            idempotency_key: None,
        };
        let created = agents::create(&self.office.app.app, &self.actor(), new).await.unwrap();
        self.agent = Some(created.view.agent.id);
    }

    async fn begin(&mut self, deed: Deed) {
        let (app, actor) = (self.office.app.app.clone(), self.actor());
        if deed == Deed::Create {
            return self.create().await;
        }
        let agent = self.agent.unwrap();
        match deed {
            Deed::Give => drop(inboxes::assign(&app, &actor, agent, InboxId(3), true).await.unwrap()),
            Deed::Take => drop(inboxes::assign(&app, &actor, agent, InboxId(2), false).await.unwrap()),
            Deed::Rename => {
                self.made += 1;
                let name = format!("Ana R {}", self.made);
                drop(agents::rename(&app, &actor, agent, &name).await.unwrap());
            }
            Deed::Password => {
                let new = agents::NewPassword {
                    chosen: Some(Password::new(format!("{CHOSEN} {}", self.made))),
                    idempotency_key: None,
                };
                let typed = Some(Password::new(PASSWORD.into()));
                let proof = Proof { session: String::new(), typed, field: "password", ip: None };
                drop(
                    agents::set_password(&app, &actor, agent, new, proof)
                        .await
                        .map_err(|fault| fault.to_string())
                        .unwrap(),
                );
            }
            Deed::Suspend => drop(agents::suspend(&app, &actor, agent).await.unwrap()),
            Deed::Resume => drop(agents::resume(&app, &actor, agent).await.unwrap()),
            Deed::Remove => drop(agents::remove(&app, &actor, agent).await.unwrap()),
            Deed::Undo => drop(agents::undo_removal(&app, &actor, agent).await.unwrap()),
            Deed::Create => {}
        }
    }

    /// Lets Chatwoot be well again and everything that waits be done.
    async fn settle(&self) {
        health::check(&self.office.app.app).await.unwrap();
        self.office.pass(SETTLED).await;
        self.office.pass(SETTLED).await;
    }

    async fn end(&mut self, deed: Deed) {
        self.settle().await;
        if deed == Deed::Remove {
            self.office.pass(HOLD).await;
            self.office.pass(CHECKED).await;
        }
    }

    /// The program dies where it is, and another one takes over.
    async fn crash(&mut self) {
        self.office.app.restart().await;
        self.office.app.execute("UPDATE operations SET lease_owner = NULL, lease_until_ms = NULL").await;
    }

    async fn view(&self) -> Option<AgentView> {
        agents::show(&self.office.app.app, self.tenant, self.agent?).await.ok().map(|(view, _)| view)
    }

    /// The calls of the deed when nothing goes wrong: method, path, and which of its kind.
    async fn calls(&mut self, deed: Deed) -> Vec<(String, String, u64)> {
        self.prepare(deed).await;
        let before = self.office.sandbox.request_count();
        self.begin(deed).await;
        self.end(deed).await;
        let mut calls: Vec<(String, String, u64)> = Vec::new();
        for request in self.office.sandbox.requests() {
            let inner = request.path.contains("/accounts/1/") || request.path.contains("/users");
            if request.number <= before || !inner || request.path.ends_with("/inboxes") {
                continue;
            }
            let path = of_anybody(&request.path);
            let nth = calls.iter().filter(|(m, p, _)| (m, p) == (&request.method, &path)).count() as u64;
            calls.push((request.method, path, nth + 1));
        }
        if deed == Deed::Remove {
            self.agent = None;
        }
        calls
    }

    async fn assert_sound(&self, deed: Deed, case: &str) {
        let sandbox = &self.office.sandbox;
        assert_eq!(self.not_ours(), self.strangers, "{case}: I6 somebody else was changed");
        let tagged: Vec<_> =
            sandbox.users().into_iter().filter(|user| !user.custom_attributes.is_empty()).collect();
        let view = self.view().await;
        if deed == Deed::Remove {
            assert!(view.is_none(), "{case}: {view:?}");
            assert!(tagged.is_empty(), "{case}: I1 somebody is left in Chatwoot");
            let seats = "SELECT email FROM helpdesk_users WHERE seat IS NOT NULL";
            assert_eq!(self.office.app.column(seats).await, [""; 0], "{case}: I4 the seat is free");
            return;
        }
        let view = view.unwrap_or_else(|| panic!("{case}: the agent is gone"));
        let agent = &view.agent;
        let out = deed == Deed::Suspend;
        assert_eq!(
            agent.state,
            if out { AgentState::Suspended } else { AgentState::Ready },
            "{case}: {agent:?}"
        );
        assert_eq!((agent.holds_seat, agent.failure), (!out, None), "{case}: {agent:?}");
        let open = self.office.app.column("SELECT status FROM operations WHERE status <> 'done'").await;
        assert_eq!(open, [""; 0], "{case}: nothing is left to do");
        if out {
            assert_eq!(view.wanted_inboxes(), [InboxId(1), InboxId(2)], "{case}: remembered");
        }
        if out && self.way == Way::Account {
            assert!(tagged.is_empty(), "{case}: gone with the last account");
            return;
        }
        assert_eq!(tagged.len(), 1, "{case}: I1 one person for one agent");
        assert_eq!(agent.chatwoot_user.map(|id| id.0), Some(i64::try_from(tagged[0].id).unwrap()), "{case}");
        let member = sandbox.account_users(1).into_iter().find(|member| member.user_id == tagged[0].id);
        assert_eq!(member.is_some(), !out, "{case}: I2 in the account");
        assert_eq!(tagged[0].name, agent.name, "{case}: the name");
        let wanted: Vec<u64> = match deed {
            Deed::Give => vec![1, 2, 3],
            Deed::Take => vec![1],
            Deed::Suspend => vec![],
            _ => vec![1, 2],
        };
        let has: Vec<u64> =
            (1..=4).filter(|inbox| sandbox.inbox_members(*inbox).contains(&tagged[0].id)).collect();
        assert_eq!(has, wanted, "{case}: I3 the inboxes");
        if deed == Deed::Password {
            let typed = format!("{CHOSEN} {}", self.made);
            let set = agent.credential == localboxs::domain::agent::Credential::Set;
            assert!(!set || sandbox.password_matches(&agent.email, &typed), "{case}: which password holds");
        }
    }
}

/// The same path names another person each time.
fn of_anybody(path: &str) -> String {
    let mut person = false;
    let parts = path.split('/').map(|part| {
        let named = if person && part.parse::<u64>().is_ok() { "*" } else { part };
        person = matches!(part, "users" | "agents");
        named
    });
    parts.collect::<Vec<_>>().join("/")
}

static CASES: AtomicUsize = AtomicUsize::new(0);

#[expect(clippy::print_stdout, reason = "the number of cases is what people ask for")]
async fn enumerate(way: Way, deed: Deed) -> usize {
    let mut scene = Scene::open(way).await;
    let calls = scene.calls(deed).await;
    scene.assert_sound(deed, &format!("{deed:?} without a fault")).await;
    let mut cases = 0;
    for (method, path, nth) in &calls {
        for luck in LUCKS {
            let case = format!("{way:?} {deed:?}: {luck:?} at {method} {path} ({nth})");
            scene.prepare(deed).await;
            let fault = scene.office.sandbox.inject(luck.on(method, path, *nth));
            scene.begin(deed).await;
            if luck.is_crash() {
                let reached = scene.office.sandbox.reached(fault);
                if tokio::time::timeout(Duration::from_millis(150), reached).await.is_ok() {
                    scene.crash().await;
                }
            }
            if deed == Deed::Remove {
                scene.end(deed).await;
            }
            let reached =
                tokio::time::timeout(Duration::from_secs(5), scene.office.sandbox.reached(fault)).await;
            assert!(reached.is_ok(), "{case}: the fault was not met");
            scene.office.sandbox.clear_faults();
            scene.end(deed).await;
            scene.assert_sound(deed, &case).await;
            if deed == Deed::Remove {
                scene.agent = None;
            }
            cases += 1;
        }
    }
    let verdict = audit::verify(&scene.office.app.app).await.unwrap();
    assert!(matches!(verdict, audit::Verdict::Whole { .. }), "I7: {deed:?}");
    println!(
        "{way:?} {deed:?}: {} calls, {cases} cases ({} so far)",
        calls.len(),
        CASES.fetch_add(cases, Ordering::SeqCst) + cases
    );
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_met_by_any_fault_ends_as_without() {
    assert!(enumerate(Way::Platform, Deed::Suspend).await >= 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_met_by_any_fault_ends_as_without() {
    assert!(enumerate(Way::Platform, Deed::Resume).await >= 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_met_by_any_fault_ends_as_without() {
    assert!(enumerate(Way::Platform, Deed::Remove).await >= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undone_removal_met_by_any_fault_ends_as_without() {
    assert!(enumerate(Way::Platform, Deed::Undo).await >= 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creation_met_by_any_fault_ends_as_without() {
    assert!(enumerate(Way::Platform, Deed::Create).await >= 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_or_password_or_inbox_met_by_any_fault_ends_as_without() {
    let mut cases = 0;
    for deed in [Deed::Rename, Deed::Password, Deed::Give, Deed::Take] {
        cases += enumerate(Way::Platform, deed).await;
    }
    assert!(cases >= 60, "{cases}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_accounts_own_key_a_suspension_or_return_met_by_any_fault_ends_as_without() {
    let cases = enumerate(Way::Account, Deed::Suspend).await + enumerate(Way::Account, Deed::Resume).await;
    assert!(cases >= 100, "{cases}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_accounts_own_key_a_removal_or_its_undoing_met_by_any_fault_ends_as_without() {
    let cases = enumerate(Way::Account, Deed::Remove).await + enumerate(Way::Account, Deed::Undo).await;
    assert!(cases >= 100, "{cases}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_accounts_own_key_a_creation_met_by_any_fault_ends_as_without() {
    assert!(enumerate(Way::Account, Deed::Create).await >= 50);
}
