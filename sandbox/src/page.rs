//! The sandbox's own pages: plain HTML without scripts, and without any token.

use std::fmt::Write;

use crate::model::{Account, Inbox, Role, Work};
use crate::state::State;

const STYLE: &str = include_str!("page.css");

/// Everything the installation holds, for a person to look at.
pub(crate) fn overview(state: &State) -> String {
    let mut main = format!(
        "<h1>Chatwoot sandbox</h1>\n<p>Version {}. It answers as the real one does, and sends no mail. <a href=\"/app/login\">Sign in as an agent</a></p>\n",
        escape(&state.settings.version)
    );
    for account in state.accounts.values() {
        main += &account_section(state, account);
    }
    main += &strangers(state);
    main += &jobs(state);
    document("Chatwoot sandbox", &main)
}

/// The form to sign in, with what went wrong before.
pub(crate) fn sign_in(refusal: Option<&str>) -> String {
    let alert = refusal
        .map_or(String::new(), |text| format!("<p role=\"alert\" class=\"alert\">{}</p>\n", escape(text)));
    let form = "<form method=\"post\" action=\"/app/login\">\n\
        <p><label for=\"email\">E-mail</label>\n\
        <input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" required></p>\n\
        <p><label for=\"password\">Password</label>\n\
        <input id=\"password\" name=\"password\" type=\"password\" \
        autocomplete=\"current-password\" required></p>\n\
        <p><button>Sign in</button></p>\n</form>\n";
    let main = format!("<h1>Sign in to Chatwoot</h1>\n{alert}{form}<p><a href=\"/\">Overview</a></p>\n");
    document("Sign in to Chatwoot", &main)
}

/// What somebody who has signed in would work on.
pub(crate) fn signed_in(state: &State, user_id: u64) -> String {
    let name = state.users.get(&user_id).map_or("", |user| user.available_name());
    let mut main = format!("<h1>Signed in as {}</h1>\n", escape(name));
    let memberships = state.memberships_of(user_id);
    if memberships.is_empty() {
        main += "<p>You are not part of any account.</p>\n";
    }
    for member in memberships {
        let account = state.accounts.get(&member.account_id);
        let account = account.map_or("", |account| account.name.as_str());
        let _ = write!(main, "<h2>{}: {}</h2>\n<ul>\n", escape(account), role(member.role));
        let visible = state.inboxes_of(member.account_id).filter(|inbox| {
            member.role == Some(Role::Administrator) || state.inbox_member_ids(inbox.id).contains(&user_id)
        });
        for inbox in visible {
            let _ = writeln!(main, "<li>{}</li>", escape(&inbox.name));
        }
        main += "</ul>\n";
    }
    main += "<p><a href=\"/\">Overview</a></p>\n";
    document("Signed in to Chatwoot", &main)
}

fn account_section(state: &State, account: &Account) -> String {
    let of = format!("of account {}", account.id);
    let suspended = if account.suspended { " (suspended)" } else { "" };
    let rows = state.members_of(account.id).into_iter().filter_map(|member| {
        let user = state.users.get(&member.user_id)?;
        let cells = [
            user.id.to_string(),
            escape(user.available_name()),
            escape(&user.email),
            role(member.role).to_owned(),
            yes(user.confirmed).to_owned(),
        ];
        Some(cells)
    });
    let agents = table("Agents", &of, &["Id", "Name", "E-mail", "Role", "Confirmed"], rows);
    let inboxes = state.inboxes_of(account.id).map(|inbox| {
        let channel = inbox.channel_type.trim_start_matches("Channel::");
        [inbox.id.to_string(), escape(&inbox.name), escape(channel), members(state, inbox)]
    });
    let inboxes = table("Inboxes", &of, &["Id", "Name", "Channel", "Members"], inboxes);
    let name = escape(&account.name);
    format!("<h2>Account {}: {name}{suspended}</h2>\n{agents}{inboxes}", account.id)
}

fn members(state: &State, inbox: &Inbox) -> String {
    let names = state.inbox_member_ids(inbox.id).iter().map(|id| {
        let name = state.users.get(id).map_or("?", |user| user.available_name());
        let outside = state.membership(inbox.account_id, *id).is_none();
        let note = if outside { " (not in the account)" } else { "" };
        format!("{}{note}", escape(name))
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

fn strangers(state: &State) -> String {
    let outside = state.users.values().filter(|user| state.memberships_of(user.id).is_empty());
    let rows = outside.map(|user| {
        let confirmed = yes(user.confirmed).to_owned();
        [user.id.to_string(), escape(user.available_name()), escape(&user.email), confirmed]
    });
    let table = table("Users", "of no account", &["Id", "Name", "E-mail", "Confirmed"], rows);
    format!("<h2>Users of no account</h2>\n{table}")
}

fn jobs(state: &State) -> String {
    let mut html = "<h2>Waiting jobs</h2>\n".to_owned();
    if state.jobs.is_empty() {
        html += "<p>None.</p>\n";
        return html;
    }
    html += "<ul>\n";
    for job in &state.jobs {
        let work = match job.work {
            Work::DeleteUser(id) => format!("delete user {id}"),
            Work::DeleteAccount(id) => format!("delete account {id}"),
            Work::AgentDestroy { account_id, user_id } => {
                format!("take user {user_id} out of the inboxes of account {account_id}")
            }
        };
        let _ = writeln!(html, "<li>{work}</li>");
    }
    html += "</ul>\n";
    html
}

/// A table whose cells are escaped already; caption and `of` together name it on its page.
fn table<const N: usize>(
    caption: &str,
    of: &str,
    heads: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return format!("<p>{caption}: none.</p>\n");
    }
    let mut html = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption} {of}\">\n<table>\n\
         <caption>{caption}</caption>\n<thead><tr>"
    );
    for head in heads {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    }
    html += "</tr></thead>\n<tbody>\n";
    for row in rows {
        html += "<tr>";
        for cell in row {
            let _ = write!(html, "<td>{cell}</td>");
        }
        html += "</tr>\n";
    }
    html += "</tbody>\n</table>\n</div>\n";
    html
}

fn document(title: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{main}</main>\n\
         </body>\n</html>\n"
    )
}

fn role(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Administrator) => "administrator",
        Some(Role::Agent) => "agent",
        None => "no role",
    }
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
