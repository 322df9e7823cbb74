//! The rules of a user record, with the exact messages of 4.9.2.

use crate::answer::Faults;
use crate::state::State;

/// A user as it would be saved.
pub(crate) struct Draft {
    pub(crate) id: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    /// Trimmed and lower-case.
    pub(crate) email: Option<String>,
    /// The new password, where one has to be looked at.
    pub(crate) password: Option<String>,
    /// Whether the message of the second e-mail rule is German.
    pub(crate) german: bool,
}

const MOST_CHARACTERS: usize = 255;

/// Every fault of the draft, in Rails' order.
pub(crate) fn user(state: &State, draft: &Draft) -> Faults {
    let mut faults = Faults::default();
    too_long(&mut faults, "name", "Name", draft.name.as_deref());
    let display_name = draft.display_name.as_deref();
    too_long(&mut faults, "display_name", "Display name", display_name);
    too_long(&mut faults, "email", "Email", draft.email.as_deref());
    let nameless = draft.name.as_deref().is_none_or(|n| n.trim().is_empty());
    if nameless && state.at_least(4, 14) {
        faults.add("name", "Name can't be blank");
    }
    email(&mut faults, state, draft);
    if let Some(password) = &draft.password {
        for message in self::password(password) {
            faults.add("password", message);
        }
    }
    faults
}

/// The message for an over-long text column.
pub(crate) fn too_long(faults: &mut Faults, attribute: &'static str, label: &str, text: Option<&str>) {
    if text.is_some_and(|text| text.chars().count() > MOST_CHARACTERS) {
        let message = format!("{label} is too long (maximum is {MOST_CHARACTERS} characters)");
        faults.add(attribute, message);
    }
}

fn email(faults: &mut Faults, state: &State, draft: &Draft) {
    let email = draft.email.as_deref().unwrap_or_default();
    if email.is_empty() {
        faults.add("email", "Email can't be blank");
        return;
    }
    let taken = state.user_by_email(email);
    if taken.is_some_and(|user| Some(user.id) != draft.id) {
        faults.add("email", "Email has already been taken");
    }
    if !has_one_at(email) {
        faults.add("email", "Email is invalid");
    }
    if !is_email(email) {
        let message = if draft.german { "Email ist keine E-Mail-Adresse" } else { "Email is not an email" };
        faults.add("email", message);
    }
}

/// `/\A[^@\s]+@[^@\s]+\z/`
fn has_one_at(email: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c| c == '@' || is_space(c));
    email.split_once('@').is_some_and(|(local, domain)| plain(local) && plain(domain))
}

/// `/\A([^@\s]+)@((?:[-a-z0-9]+\.)+[a-z]{2,})\z/i`
fn is_email(email: &str) -> bool {
    let Some((_, domain)) = email.split_once('@').filter(|_| has_one_at(email)) else {
        return false;
    };
    let Some((labels, top)) = domain.rsplit_once('.') else {
        return false;
    };
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c == '-' || c.is_ascii_alphanumeric());
    labels.split('.').all(is_label) && top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// The messages for a password that breaks the rules; none for a good one.
pub(crate) fn password(password: &str) -> Vec<String> {
    let length = password.chars().count();
    let lacks = |class: fn(char) -> bool| !password.chars().any(class);
    let rules: [(bool, &str); 6] = [
        (length < 6, "at least 6 characters"),
        (length > 128, "less than 128 characters"),
        (lacks(|c| c.is_ascii_uppercase()), "at least 1 uppercase character  (A..Z)"),
        (lacks(|c| c.is_ascii_lowercase()), "at least 1 lowercase character  (a..z)"),
        (lacks(|c| c.is_ascii_digit()), "at least 1 number character  (0..9)"),
        (
            lacks(|c| c == ' ' || c.is_ascii_punctuation()),
            "at least 1 special character  ( !@#$%^&*()_+-=[]{}|\"/\\.,`<>:;?~')",
        ),
    ];
    let broken = rules.iter().filter(|(broken, _)| *broken);
    let mut messages: Vec<String> = broken.map(|(_, rule)| format!("Password must contain {rule}")).collect();
    messages.extend(unprintable(password));
    messages
}

fn unprintable(password: &str) -> Option<String> {
    let bad = |c: &char| !(' '..='~').contains(c);
    let count = password.chars().filter(bad).count();
    let mut each = String::new();
    for c in password.chars().filter(bad) {
        if !each.contains(c) {
            each.push(c);
        }
    }
    let noun = if count == 1 { "character" } else { "characters" };
    (count > 0).then(|| format!("Password contains {count} invalid {noun} ({each})"))
}
