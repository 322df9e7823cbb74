//! Events as sentences: what an administrator reads of everybody, and what a tenant reads of its own.

use chrono::DateTime;
use serde_json::{Map, Value};

use super::amounts::{amount, change, limit_label};
use crate::db::audit::Entry;
use crate::domain::entitlement::last_day;
use crate::domain::user::Role;

/// Who reads, and for administrators what the people in it are called now.
#[derive(Clone, Copy, Debug)]
pub enum Reader<'a> {
    /// The tenant whose event it is.
    Tenant,
    Administrator {
        actor: Option<&'a str>,
        tenant: Option<&'a str>,
    },
}

/// The event as one sentence a person reads; an action nobody worded yet is told by its key.
pub fn sentence(entry: &Entry, reader: Reader<'_>) -> String {
    let telling = Telling { entry, reader };
    telling
        .of_agents()
        .or_else(|| telling.of_drift())
        .or_else(|| telling.of_demos())
        .or_else(|| telling.of_tiers())
        .or_else(|| telling.of_users())
        .or_else(|| telling.of_accounts())
        .unwrap_or_else(|| telling.of_anything())
}

struct Telling<'a> {
    entry: &'a Entry,
    reader: Reader<'a>,
}

impl Telling<'_> {
    fn of_agents(&self) -> Option<String> {
        let name = self.name("An agent");
        let inbox = match (self.reader, self.after("inbox").and_then(Value::as_i64)) {
            (Reader::Administrator { .. }, Some(inbox)) => format!("inbox {inbox}"),
            _ => "an inbox".to_owned(),
        };
        Some(match self.entry.action.as_str() {
            "agent.created" => self.did(&format!("created {name}")),
            "agent.setting_up" => format!("{name} is being set up"),
            "agent.ready" => format!("{name} is ready"),
            "agent.needs_attention" => format!("{name} needs attention"),
            "agent.conflict" => format!("{name} could not be created: the address is taken in Chatwoot"),
            "agent.retried" => self.did(&format!("tried again to set up {name}")),
            "agent.password_asked" => self.did(&format!("asked for a new password for {name}")),
            "agent.password_set" => format!("{name} has a new password"),
            "agent.sign_in_link_made" => self.did(&format!("made a sign-in link for {name}")),
            "agent.sign_in_link_used" => format!("Somebody signed in as {name} with the sign-in link"),
            "agent.sign_in_link_revoked" => self.did(&format!("revoked the sign-in link of {name}")),
            "agent.renamed" => self.did(&format!("renamed {} to {name}", self.before_name())),
            "agent.suspension_asked" => self.did(&format!("suspended {name}")),
            "agent.suspending" => format!("{name} is being suspended"),
            "agent.suspended" => format!("{name} is suspended"),
            "agent.resume_asked" => self.did(&format!("resumed {name}")),
            "agent.resuming" => format!("{name} is being resumed"),
            "agent.removal_undone" => self.did(&format!("undid the removal of {name}")),
            "agent.removal_asked" => self.did(&format!("removed {name}")),
            "agent.removing" => format!("{name} is being removed"),
            "agent.removed" => format!("{name} is gone from Chatwoot"),
            "agent.refused" => {
                let limit = self.after("limit").and_then(Value::as_u64).unwrap_or_default();
                self.did(&format!("asked for a seat beyond the limit of {limit} and got none"))
            }
            "import.started" => self.did(&format!("began to create {} from a list", self.agents("rows"))),
            "import.finished" => format!("{} created from a list", self.agents("created")),
            "inbox.gone" => format!("An inbox of {name} no longer exists in Chatwoot"),
            "inbox.lost" => format!("{name} had lost an inbox in Chatwoot, which is not given back"),
            "inbox.withdrawn" => format!("{name} lost an inbox because its demo was removed"),
            "inbox.given" => self.did(&format!("gave {name} {inbox}")),
            "inbox.taken" => self.did(&format!("took {inbox} from {name}")),
            _ => return None,
        })
    }

    fn of_drift(&self) -> Option<String> {
        let name = self.name("An agent");
        let person = || text(self.entry.after.as_ref(), "name").unwrap_or("somebody").to_owned();
        let missing = || self.after("missing").and_then(Value::as_i64).unwrap_or_default();
        Some(match self.entry.action.as_str() {
            "drift.found" => self.differs(name),
            "drift.ended" => format!("{name} no longer differs in Chatwoot ({})", self.what_differed()),
            "drift.repaired" => format!("Chatwoot lost an inbox of {name}, so it was asked for again"),
            "drift.ours_used" => self.did(&format!(
                "brought {name} in Chatwoot back to what is set here ({})",
                self.what_differed()
            )),
            "drift.theirs_used" => {
                self.did(&format!("took over what Chatwoot shows of {name} ({})", self.what_differed()))
            }
            "drift.stranger_found" => {
                format!("{} is in Chatwoot with our mark, but is no agent here", person())
            }
            "drift.stranger_gone" => format!("{} with our mark is no longer in Chatwoot", person()),
            "drift.stranger_adopted" => self.did(&format!("adopted {name} from Chatwoot as an agent")),
            "drift.stranger_removed" => self.did(&format!("removed {} from Chatwoot", person())),
            "drift.paused" => {
                format!("Work was paused: {} agents were missing in Chatwoot at once", missing())
            }
            "drift.accepted" => {
                self.did(&format!("accepted that {} agents are missing in Chatwoot", missing()))
            }
            "drift.resumed" => "Work goes on: the agents are back in Chatwoot, or were accepted".to_owned(),
            _ => return None,
        })
    }

    /// A difference as it was found.
    fn differs(&self, name: &str) -> String {
        let theirs = text(self.entry.after.as_ref(), "value").unwrap_or("nothing");
        match text(self.entry.after.as_ref(), "difference").unwrap_or_default() {
            "person_gone" => format!("{name} no longer exists in Chatwoot"),
            "left_account" => format!("{name} was taken out of the Chatwoot account"),
            "role_changed" => format!("{name} has another role in Chatwoot: {theirs}"),
            "renamed" => format!("{name} has another name in Chatwoot: {theirs}"),
            "left_inbox" => format!("{name} lost an inbox in Chatwoot"),
            "joined_inbox" => format!("{name} was given an inbox in Chatwoot"),
            _ => format!("{name} differs in Chatwoot"),
        }
    }

    fn what_differed(&self) -> &'static str {
        match text(self.entry.after.as_ref(), "difference").unwrap_or_default() {
            "person_gone" => "the person",
            "left_account" => "the account",
            "role_changed" => "the role",
            "renamed" => "the name",
            "left_inbox" | "joined_inbox" => "an inbox",
            _ => "something",
        }
    }

    fn of_demos(&self) -> Option<String> {
        let (name, tenant) = (self.name("without a name"), self.tenant());
        Some(match (self.entry.action.as_str(), self.reader) {
            ("demo.added", Reader::Tenant) => format!("The demo {name} was added"),
            ("demo.removed", Reader::Tenant) => format!("The demo {name} was removed"),
            ("demo.added", _) => self.did(&format!("gave {tenant} the demo {name}")),
            ("demo.removed", _) => self.did(&format!("took the demo {name} from {tenant}")),
            _ => return None,
        })
    }

    fn of_tiers(&self) -> Option<String> {
        let object = &self.entry.object_id;
        let label = |from: Option<&Value>| text(from, "label").unwrap_or(object).to_owned();
        let (old, new) = (label(self.entry.before.as_ref()), label(self.entry.after.as_ref()));
        let rank = |from: Option<&Value>| {
            from.and_then(|from| from.get("rank")).and_then(Value::as_i64).unwrap_or_default()
        };
        Some(match self.entry.action.as_str() {
            "tier.limits_changed" => self.limits(&new),
            "tier.added" => self.did(&format!("added the tier {new}")),
            "tier.renamed" => self.did(&format!("renamed the tier {old} to {new}")),
            "tier.moved" => {
                let (from, to) = (rank(self.entry.before.as_ref()), rank(self.entry.after.as_ref()));
                self.did(&format!("moved the tier {new} from place {from} to {to}"))
            }
            "tier.retired" => self.did(&format!("retired the tier {old}")),
            "override.set" => self.did(&format!("set {} to {}", self.limit(), self.set_to())),
            "override.removed" => self.did(&format!("removed the override of {}", self.limit())),
            _ => return None,
        })
    }

    /// The limit that an override is about, and whose.
    fn limit(&self) -> String {
        let set = self.entry.after.as_ref().or(self.entry.before.as_ref());
        let limit = text(set, "limit").map_or("a limit", limit_label);
        match self.reader {
            Reader::Tenant => format!("your limit “{limit}”"),
            Reader::Administrator { .. } => format!("{limit} of {}", self.tenant()),
        }
    }

    fn set_to(&self) -> String {
        let key = text(self.entry.after.as_ref(), "limit").unwrap_or_default();
        let value = self.after("value").and_then(Value::as_i64).unwrap_or(-1);
        format!("{}{}", amount(key, value), until(self.entry.after.as_ref()))
    }

    fn limits(&self, label: &str) -> String {
        let nothing = Map::new();
        let limits = |from: &Option<Value>| -> Map<String, Value> {
            let limits = from.as_ref().and_then(|from| from.get("limits"));
            limits.and_then(Value::as_object).unwrap_or(&nothing).clone()
        };
        let did = self.instead_of_an_edit(label);
        let told = self.did(&change(label, did, &limits(&self.entry.before), &limits(&self.entry.after)));
        match self.after("tenantsOver").and_then(Value::as_u64) {
            None | Some(0) => told,
            Some(1) => format!("{told} · 1 tenant over"),
            Some(many) => format!("{told} · {many} tenants over"),
        }
    }

    /// What else than an edit changed these limits; events from before do not say.
    fn instead_of_an_edit(&self, label: &str) -> Option<String> {
        let version = |key| self.after(key).and_then(Value::as_i64);
        if let Some(version) = version("restoredVersion") {
            Some(format!("restored version {version} of {label}"))
        } else if let Some(version) = version("undoneVersion") {
            Some(format!("undid version {version} of {label}"))
        } else {
            self.after("reset").map(|_| format!("reset {label} to its defaults"))
        }
    }

    fn of_users(&self) -> Option<String> {
        let (action, tenant) = (self.entry.action.as_str(), self.tenant());
        if let Reader::Tenant = self.reader {
            let told = match action {
                "user.created" => "Your account was created",
                "user.tier_set" => "Your plan was changed",
                "user.role_set" => "Your role was changed",
                "user.disabled" => "Your account was suspended",
                "user.enabled" => "Your account was opened again",
                "user.password_set" => "Your password was changed",
                "user.second_factor_reset" => "Your second factor was reset",
                "user.password_link_made" => return Some(self.did("made you a link to set a password")),
                "user.sessions_ended" => return Some(self.did("ended your sessions everywhere")),
                "tenant.viewed" => return Some(self.did("looked at your Helpdesk Setup")),
                "user.change_refused" => "An administrator was refused a change of your account",
                _ => return None,
            };
            return Some(told.to_owned());
        }
        let (old, new) = (self.entry.before.as_ref(), self.entry.after.as_ref());
        let from_to = |key| (text(old, key).unwrap_or("?"), text(new, key).unwrap_or("?"));
        let own = self.entry.actor_id.is_some() && self.entry.actor_id == self.entry.tenant;
        Some(self.did(&match action {
            "user.created" => format!("created the account of {tenant}"),
            "user.tier_set" => {
                // Entries from before name the tier by its key only.
                let named = |side| text(side, "label").or_else(|| text(side, "tier")).unwrap_or("?");
                let (from, to) = (named(old), named(new));
                format!("moved {tenant} from {from} to {to}")
            }
            "user.role_set" => {
                let (from, to) = from_to("role");
                let (from, to) = (role(from), role(to));
                format!("changed the role of {tenant} from {from} to {to}")
            }
            "user.disabled" => format!("suspended {tenant}"),
            "user.enabled" => format!("let {tenant} sign in again"),
            "user.password_set" if own => "set their password".to_owned(),
            "user.password_set" => format!("set a new password for {tenant}"),
            "user.second_factor_reset" => format!("reset the second factor of {tenant}"),
            "user.password_link_made" => format!("made a link for {tenant} to set a password"),
            "user.sessions_ended" if own => "signed out everywhere".to_owned(),
            "user.sessions_ended" => format!("signed {tenant} out everywhere"),
            "tenant.viewed" => format!("looked at the page of {tenant}"),
            "user.change_refused" if self.entry.tenant.is_none() => {
                "was refused adding an administrator".to_owned()
            }
            "user.change_refused" => format!("was refused a change of the account of {tenant}"),
            _ => return None,
        }))
    }

    fn of_accounts(&self) -> Option<String> {
        if let Some(told) = self.of_refused_guesses() {
            return Some(told);
        }
        let their = if let Reader::Tenant = self.reader { "your" } else { "their" };
        Some(self.did(&match self.entry.action.as_str() {
            "account.renamed" => format!("changed {their} name"),
            "account.password_changed" => format!("changed {their} password"),
            "account.session_ended" => format!("ended one of {their} sessions"),
            "account.second_factor_on" => format!("turned {their} second factor on"),
            "account.second_factor_off" => format!("turned {their} second factor off"),
            "account.recovery_codes_made" => "made new recovery codes".to_owned(),
            "account.signed_in_with_recovery_code" => "signed in with a recovery code".to_owned(),
            _ => return None,
        }))
    }

    /// Whoever guesses has not shown who they are, so these sentences name only whose account it is.
    fn of_refused_guesses(&self) -> Option<String> {
        let times = self.after("failures").and_then(Value::as_i64).unwrap_or_default();
        let suspended = text(self.entry.after.as_ref(), "why") == Some("suspended");
        let whose = match (self.entry.tenant, self.reader) {
            (None, _) => "an address that nobody has here",
            (_, Reader::Tenant) => "your account",
            _ => self.tenant(),
        };
        Some(match self.entry.action.as_str() {
            "account.sign_in_refused" if suspended => {
                format!(
                    "Somebody with the right password for {whose} was not let in: the account is suspended"
                )
            }
            "account.sign_in_refused" => {
                format!("Somebody gave a wrong password for {whose} {times} times in a row")
            }
            "account.password_refused" => {
                format!("Somebody signed in to {whose} gave a wrong password {times} times in a row")
            }
            "account.code_refused" => {
                format!("Somebody gave a wrong code for {whose} {times} times in a row")
            }
            _ => return None,
        })
    }

    fn of_anything(&self) -> String {
        let action = self.entry.action.replace(['.', '_'], " ");
        match text(self.entry.after.as_ref(), "name") {
            Some(name) => format!("{name}: {action}"),
            None => format!("{}: {action}", self.who()),
        }
    }

    fn did(&self, what: &str) -> String {
        format!("{} {what}", self.who())
    }

    fn who(&self) -> &str {
        let own = self.entry.actor_id.is_some() && self.entry.actor_id == self.entry.tenant;
        match (self.entry.actor.as_str(), self.reader) {
            ("system", _) => "LocalBoxs",
            ("user", Reader::Tenant) if own => "You",
            (_, Reader::Tenant) => "Your administrator",
            ("operator", _) => "The operator",
            (_, Reader::Administrator { actor, .. }) => actor.unwrap_or("Somebody"),
        }
    }

    fn tenant(&self) -> &str {
        match self.reader {
            Reader::Tenant => "you",
            Reader::Administrator { tenant, .. } => tenant.unwrap_or("a tenant"),
        }
    }

    fn name<'b>(&'b self, otherwise: &'b str) -> &'b str {
        text(self.entry.after.as_ref(), "name").unwrap_or(otherwise)
    }

    fn agents(&self, key: &str) -> String {
        match self.after(key).and_then(Value::as_u64).unwrap_or(0) {
            1 => "1 agent".to_owned(),
            many => format!("{many} agents"),
        }
    }

    fn before_name(&self) -> &str {
        text(self.entry.before.as_ref(), "name").unwrap_or("an agent")
    }

    fn after(&self, key: &str) -> Option<&Value> {
        self.entry.after.as_ref()?.get(key)
    }
}

/// What pages call a role.
pub(super) fn role(key: &str) -> &str {
    Role::parse(key).map_or(key, |role| role.words())
}

fn text<'a>(from: Option<&'a Value>, key: &str) -> Option<&'a str> {
    from?.get(key)?.as_str()
}

fn until(set: Option<&Value>) -> String {
    let expires = text(set, "expiresAt").and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    expires.map_or_else(String::new, |at| {
        last_day(at.to_utc()).format(" to the end of %-d %b %Y (UTC)").to_string()
    })
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;
