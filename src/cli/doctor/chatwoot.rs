//! What is wrong with Chatwoot and the keys for it.

use super::Finding;
use crate::chatwoot::{Chatwoot, ChatwootError, Deadlines, ErrorKind, Installation, Standing, Version};
use crate::domain::connection::Route;
use crate::domain::inbox::Inbox;

const ADDRESS: &str = "Chatwoot";
const SERVICES: &str = "Chatwoot's services";
const ACCOUNT_KEY: &str = "Account key";
const PLATFORM_KEY: &str = "Platform key";
const INBOXES: &str = "Inboxes";

const NEW_ACCOUNT_KEY: &str = "Set CHATWOOT_API_KEY to the access token of an administrator of the account \
     (Chatwoot: Profile Settings > Access Token).";
const NEW_PLATFORM_KEY: &str = "Set CHATWOOT_PLATFORM_API_KEY to the access token of a platform app \
     (Chatwoot: /super_admin > Platform Apps > New; the app's page shows the token), not of a person.";
const PROXY: &str = "If the key is right, a proxy before Chatwoot drops the header api-access-token: let it through \
     (with nginx, underscores_in_headers on also lets the spelling api_access_token through).";
const ACCOUNT_ID: &str =
    "Correct CHATWOOT_ACCOUNT_ID: it is the number in Chatwoot's own addresses, /app/accounts/1/… is 1.";

/// Asks Chatwoot what it is and what each key may do.
pub async fn examine(installation: Installation, tenants_inboxes: &[Inbox]) -> Vec<Finding> {
    let origin = installation.origin.origin().ascii_serialization();
    let account = installation.account.0;
    let has_platform_key = installation.platform_key.is_some();
    let chatwoot = match Chatwoot::new(installation, Deadlines::default()) {
        Ok(chatwoot) => chatwoot,
        Err(error) => {
            let remedy = "Install the package ca-certificates, which https needs.";
            return vec![Finding::problem(ADDRESS, error.to_string(), remedy)];
        }
    };
    let version = match chatwoot.version().await {
        Ok(version) => version,
        Err(error) => return vec![unanswered(&origin, &error)],
    };
    let mut findings = vec![Finding::ok(ADDRESS, format!("version {} answers at {origin}", version.version))];
    findings.extend(services(&version));
    let account_key = account_key(account, chatwoot.standing().await);
    let can_list = account_key.remedy.is_none();
    findings.push(account_key);
    if can_list {
        findings.push(inboxes(tenants_inboxes, chatwoot.inboxes().await));
    }
    findings.push(if has_platform_key {
        platform_key(account, chatwoot.route().await)
    } else {
        Finding::problem(
            PLATFORM_KEY,
            "CHATWOOT_PLATFORM_API_KEY is not set, so nobody can be created",
            NEW_PLATFORM_KEY,
        )
    });
    findings
}

fn unanswered(origin: &str, error: &ChatwootError) -> Finding {
    let (said, remedy) = match error.kind {
        ErrorKind::Unreachable => (
            "nothing answers",
            "Check CHATWOOT_BASE_URL, that Chatwoot runs, and that this machine may reach it; \
             inside docker, localhost is the container itself.",
        ),
        ErrorKind::Redirected => (
            "it redirects elsewhere, where no key is sent",
            "Set CHATWOOT_BASE_URL to the address it redirects to, usually the same with https.",
        ),
        ErrorKind::Unknown if error.status.is_none() => {
            ("no answer comes in time", "Check that Chatwoot runs and is not overloaded.")
        }
        _ => (
            "something answers, but not as Chatwoot does",
            "Check that CHATWOOT_BASE_URL is Chatwoot's own address, and the log of the proxy before it.",
        ),
    };
    Finding::problem(ADDRESS, format!("{said} at {origin}"), remedy)
}

fn services(version: &Version) -> Vec<Finding> {
    let checks = [
        (
            version.data_services_ok,
            "its database does not answer",
            "Check the PostgreSQL that Chatwoot uses.",
        ),
        (
            version.queue_services_ok,
            "its job queue does not answer, so nothing is ever deleted there",
            "Check the Redis that Chatwoot uses, and that its Sidekiq process runs.",
        ),
    ];
    let failing = checks.into_iter().filter(|(is_ok, ..)| !is_ok);
    let mut findings: Vec<Finding> =
        failing.map(|(_, said, remedy)| Finding::problem(SERVICES, said, remedy)).collect();
    if findings.is_empty() {
        findings.push(Finding::ok(SERVICES, "database and job queue answer"));
    }
    findings
}

fn account_key(account: i64, standing: Result<Standing, ChatwootError>) -> Finding {
    let (said, remedy) = match standing {
        Ok(Standing::Administrator) => {
            return Finding::ok(ACCOUNT_KEY, format!("it is an administrator's of account {account}"));
        }
        Ok(Standing::Agent) => (
            format!("its owner is only an agent in account {account}"),
            format!("Make that person an administrator in Chatwoot, or use another key. {NEW_ACCOUNT_KEY}"),
        ),
        Ok(Standing::NotMember { visible }) => (
            format!("its owner is not in account {account}, but in: {}", numbers(&visible)),
            format!("{ACCOUNT_ID} Or use the key of an administrator of account {account}."),
        ),
        Ok(Standing::Suspended) => (
            format!("account {account} is suspended"),
            "Activate it in Chatwoot: /super_admin > Accounts.".to_owned(),
        ),
        Err(error) => account_key_fault(&error),
    };
    Finding::problem(ACCOUNT_KEY, said, remedy)
}

fn account_key_fault(error: &ChatwootError) -> (String, String) {
    match error.kind {
        ErrorKind::AccountKeyRejected => (
            "Chatwoot does not know it (\"Invalid Access Token\")".into(),
            format!("{NEW_ACCOUNT_KEY} {PROXY}"),
        ),
        ErrorKind::KeyOfAnotherKind => (
            "it is the key of a platform app or a bot".into(),
            format!("{NEW_ACCOUNT_KEY} The platform app's belongs in CHATWOOT_PLATFORM_API_KEY."),
        ),
        ErrorKind::HeaderStripped => ("it does not reach Chatwoot".into(), PROXY.into()),
        _ => other(error),
    }
}

fn platform_key(account: i64, route: Result<Route, ChatwootError>) -> Finding {
    let (said, remedy) = match route {
        Ok(Route::Platform) => {
            return Finding::ok(PLATFORM_KEY, format!("it may add agents to account {account} itself"));
        }
        Ok(Route::Account) => {
            return Finding::ok(
                PLATFORM_KEY,
                format!(
                    "it may create people; the account key adds them to account {account}, as Chatwoot's seats allow"
                ),
            );
        }
        Err(error) => platform_key_fault(account, &error),
    };
    Finding::problem(PLATFORM_KEY, said, remedy)
}

fn platform_key_fault(account: i64, error: &ChatwootError) -> (String, String) {
    match error.kind {
        ErrorKind::PlatformKeyRejected => (
            "Chatwoot does not accept it (\"Invalid access_token\")".into(),
            format!("{NEW_PLATFORM_KEY} {PROXY}"),
        ),
        ErrorKind::NotFound => (format!("Chatwoot has no account {account}"), ACCOUNT_ID.into()),
        _ => other(error),
    }
}

fn inboxes(tenants: &[Inbox], in_chatwoot: Result<Vec<Inbox>, ChatwootError>) -> Finding {
    let known = match in_chatwoot {
        Ok(known) => known,
        Err(error) => {
            let (said, remedy) = other(&error);
            return Finding::problem(INBOXES, said, remedy);
        }
    };
    let is_known = |inbox: &&Inbox| known.iter().any(|there| there.id == inbox.id);
    let gone: Vec<i64> = tenants.iter().filter(|inbox| !is_known(inbox)).map(|inbox| inbox.id.0).collect();
    if gone.is_empty() {
        return Finding::ok(
            INBOXES,
            format!("{} in Chatwoot, {} of them tenants'", known.len(), tenants.len()),
        );
    }
    Finding::problem(
        INBOXES,
        format!("demos name inboxes that the account does not have: {}", numbers(&gone)),
        "Look at them with `localboxs demos list`, and remove or add them anew with `localboxs demos`.",
    )
}

fn other(error: &ChatwootError) -> (String, String) {
    (error.to_string(), "Try again; if it stays, look into Chatwoot's own log.".to_owned())
}

fn numbers(ids: &[i64]) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
