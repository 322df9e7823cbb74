//! Every action in the audit log, in the words of a list to choose from.

/// The action's key and its words, by what they are about.
pub const ACTIONS: [(&str, &[(&str, &str)]); 7] = [
    (
        "Agents",
        &[
            ("agent.created", "Agent created"),
            ("agent.setting_up", "Agent being set up"),
            ("agent.ready", "Agent ready"),
            ("agent.needs_attention", "Agent needs attention"),
            ("agent.conflict", "Agent's address taken"),
            ("agent.retried", "Agent tried again"),
            ("agent.renamed", "Agent renamed"),
            ("agent.suspension_asked", "Agent's suspension asked for"),
            ("agent.suspending", "Agent being suspended"),
            ("agent.suspended", "Agent suspended"),
            ("agent.resume_asked", "Agent's return asked for"),
            ("agent.resuming", "Agent being resumed"),
            ("agent.password_asked", "Agent's password asked for"),
            ("agent.password_set", "Agent's password set"),
            ("agent.sign_in_link_made", "Sign-in link made"),
            ("agent.sign_in_link_used", "Sign-in link used"),
            ("agent.sign_in_link_revoked", "Sign-in link revoked"),
            ("agent.removal_asked", "Agent's removal asked for"),
            ("agent.removal_undone", "Agent's removal undone"),
            ("agent.removing", "Agent being removed"),
            ("agent.removed", "Agent removed"),
            ("agent.refused", "Agent refused: limit reached"),
            ("import.started", "List of agents imported"),
            ("import.finished", "Import finished"),
        ],
    ),
    (
        "Differences in Chatwoot",
        &[
            ("drift.found", "Difference found"),
            ("drift.ended", "Difference over"),
            ("drift.repaired", "Lost inbox asked for again"),
            ("drift.ours_used", "Ours used"),
            ("drift.theirs_used", "Chatwoot's used"),
            ("drift.stranger_found", "Unregistered person found"),
            ("drift.stranger_gone", "Unregistered person gone"),
            ("drift.stranger_removed", "Unregistered person removed"),
            ("drift.stranger_adopted", "Unregistered person adopted"),
            ("drift.paused", "Work paused: many missing"),
            ("drift.accepted", "Missing agents accepted"),
            ("drift.resumed", "Work resumed"),
        ],
    ),
    (
        "Inboxes and demos",
        &[
            ("inbox.given", "Inbox given"),
            ("inbox.taken", "Inbox taken"),
            ("inbox.gone", "Inbox gone from Chatwoot"),
            ("inbox.lost", "Inbox taken in Chatwoot"),
            ("inbox.withdrawn", "Inbox lost with its demo"),
            ("demo.added", "Demo added"),
            ("demo.removed", "Demo removed"),
        ],
    ),
    (
        "Tiers",
        &[
            ("tier.limits_changed", "Tier limits changed"),
            ("tier.added", "Tier added"),
            ("tier.renamed", "Tier renamed"),
            ("tier.moved", "Tier moved"),
            ("tier.retired", "Tier retired"),
            ("override.set", "Override set"),
            ("override.removed", "Override removed"),
        ],
    ),
    (
        "Users",
        &[
            ("user.created", "User created"),
            ("user.tier_set", "User's tier changed"),
            ("user.role_set", "User's role changed"),
            ("user.disabled", "User suspended"),
            ("user.enabled", "User let in again"),
            ("user.password_link_made", "Set-password link made"),
            ("user.password_set", "User's password set"),
            ("user.sessions_ended", "User signed out everywhere"),
            ("user.second_factor_reset", "User's second factor reset"),
            ("user.change_refused", "Change of a user refused"),
        ],
    ),
    (
        "Own accounts",
        &[
            ("account.renamed", "Own name changed"),
            ("account.password_changed", "Own password changed"),
            ("account.session_ended", "Own session ended"),
            ("account.second_factor_on", "Second factor on"),
            ("account.second_factor_off", "Second factor off"),
            ("account.recovery_codes_made", "Recovery codes made"),
            ("account.signed_in_with_recovery_code", "Signed in with a recovery code"),
            ("account.sign_in_refused", "Sign-in refused"),
            ("account.password_refused", "Own password wrong"),
            ("account.code_refused", "Second factor wrong"),
        ],
    ),
    ("Administrators", &[("tenant.viewed", "Tenant's page looked at")]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_action_that_the_services_write_is_in_the_list() {
        let mut written = BTreeSet::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services"), &mut written);
        let listed: BTreeSet<_> = ACTIONS
            .iter()
            .flat_map(|(_, actions)| *actions)
            .map(|(action, _)| (*action).to_owned())
            .collect();
        let unlisted: Vec<_> = written.difference(&listed).collect();
        assert!(written.len() > 10 && unlisted.is_empty(), "{unlisted:?}");
    }

    /// Texts in the sources that look like an action about one of the things we know.
    fn collect(folder: &Path, written: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, written);
            } else if !path.ends_with("sentence_tests.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                written.extend(source.split('"').filter(|text| is_action(text)).map(str::to_owned));
            }
        }
    }

    fn is_action(text: &str) -> bool {
        let things =
            ["agent", "import", "inbox", "demo", "tier", "override", "user", "account", "tenant", "drift"];
        text.split_once('.').is_some_and(|(thing, done)| {
            things.contains(&thing) && done.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        })
    }
}
