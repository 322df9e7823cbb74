//! `/platform/api/v1/accounts`.

use serde_json::{Map, Value};

use super::Platform;
use crate::answer::{Answer, Faults, Refusal};
use crate::call::{Field, Params};
use crate::enums;
use crate::model::{Account, Permitted, Work};
use crate::new::NewAccount;
use crate::state::State;
use crate::{validate, wire};

/// Every account of the app; one deleted account among them breaks the whole list in 4.9.2.
pub(super) fn index(platform: &Platform<'_>) -> Result<Answer, Refusal> {
    let state = &platform.state;
    let own = state.permissibles.iter().filter(|row| row.app_id == platform.app_id);
    let accounts: Option<Vec<_>> = own
        .filter_map(|row| match row.of {
            Permitted::Account(id) => Some(state.accounts.get(&id)),
            Permitted::User(_) => None,
        })
        .map(|account| account.map(wire::platform_account))
        .collect();
    accounts.map(|list| Answer::json(&list)).ok_or(Refusal::Exception)
}

pub(super) fn show(platform: &Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    shown(platform.state, platform.account(id)?)
}

pub(super) fn create(platform: Platform<'_>) -> Result<Answer, Refusal> {
    let Platform { state, params, .. } = platform;
    let changes = Changes::of(&params, None)?;
    let id = state.account(NewAccount::new(&changes.name));
    changes.apply(state, id);
    state.permit_account(platform.app_id, id);
    shown(state, id)
}

pub(super) fn update(platform: Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = platform.account(id)?;
    let Platform { state, params, .. } = platform;
    let changes = Changes::of(&params, state.accounts.get(&id))?;
    changes.apply(state, id);
    shown(state, id)
}

pub(super) fn destroy(platform: &mut Platform<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = platform.account(id)?;
    platform.state.queue(Work::DeleteAccount(id));
    Ok(Answer::empty())
}

/// The valid values an account gets.
struct Changes {
    name: String,
    locale: Option<String>,
    domain: Option<String>,
    support_email: Option<String>,
    suspended: Option<bool>,
    objects: [Option<Map<String, Value>>; 3],
}

impl Changes {
    fn of(params: &Params, current: Option<&Account>) -> Result<Self, Refusal> {
        let suspended = enums::suspended(params)?;
        let name = Field::of(params, "name").or_keep(current.map(|a| a.name.clone()));
        let mut faults = Faults::default();
        validate::too_long(&mut faults, "name", "Name", name.as_deref());
        if name.as_deref().is_none_or(|name| name.trim().is_empty()) {
            faults.add("name", "Name can't be blank");
        }
        faults.check()?;
        let keep = |key, value: Option<&String>| Field::of(params, key).or_keep(value.cloned());
        Ok(Self {
            name: name.unwrap_or_default(),
            locale: keep("locale", current.map(|a| &a.locale)),
            domain: keep("domain", current.and_then(|a| a.domain.as_ref())),
            support_email: keep("support_email", current.and_then(|a| a.support_email.as_ref())),
            suspended,
            objects: ["features", "limits", "custom_attributes"].map(|key| {
                let object = params.get(key).and_then(Value::as_object);
                object.cloned()
            }),
        })
    }

    fn apply(self, state: &mut State, id: u64) {
        let Some(account) = state.accounts.get_mut(&id) else {
            return;
        };
        account.name = self.name;
        account.locale = self.locale.unwrap_or_else(|| "en".to_owned());
        account.domain = self.domain;
        account.support_email = self.support_email;
        account.suspended = self.suspended.unwrap_or(account.suspended);
        let [features, limits, custom_attributes] = self.objects;
        for (name, on) in features.unwrap_or_default() {
            if on == Value::Bool(true) {
                account.features.insert(name, on);
            } else {
                account.features.remove(&name);
            }
        }
        account.limits = limits.unwrap_or_else(|| account.limits.clone());
        account.custom_attributes.extend(custom_attributes.unwrap_or_default());
    }
}

fn shown(state: &State, id: u64) -> Result<Answer, Refusal> {
    let account = state.accounts.get(&id).ok_or(Refusal::RailsNotFound)?;
    Ok(Answer::json(&wire::platform_account(account)))
}
