//! What is said before something is done to an account.

use super::user_action::Action;
use super::user_path::is_tenant;
use crate::services::accounts::WayIn;
use crate::services::accounts::directory::Line;

const LINK_ENDS: &str = "The link to set a password that is open now stops working.";

/// What follows from it for this user, who gets in as `way` says.
pub(super) fn consequences(action: Action, line: &Line, way: WayIn) -> Vec<String> {
    let sentences = match action {
        Action::Suspend => suspend(line, way),
        Action::Enable if way.has_password => {
            vec!["{} can sign in again, with the same password.", "Sessions from before stay ended."]
        }
        Action::Enable => vec!["{} has set no password yet: make a new link for that next."],
        Action::SignOut => sign_out(way),
        Action::ResetSecondFactor => vec![
            "The app and the recovery codes of {} stop working.",
            "Until a new one is set up, the password alone signs {} in. Make sure that it is {} who asked you.",
            "Every session ends at once.",
        ],
    };
    sentences.iter().map(|sentence| sentence.replace("{}", &line.name)).collect()
}

fn suspend(line: &Line, way: WayIn) -> Vec<&'static str> {
    let agents = "Agents that exist keep working in Chatwoot and keep their seats.";
    let mut sentences = vec!["{} is out at the next click and can't sign in."];
    sentences.extend(is_tenant(line).then_some(agents));
    sentences.extend(way.has_link.then_some(LINK_ENDS));
    sentences.push("Nothing is deleted; you can open the account again at any time.");
    sentences
}

fn sign_out(way: WayIn) -> Vec<&'static str> {
    let all = "Every session of {} ends at once, on every device.";
    match (way.has_password, way.has_link) {
        (true, false) => vec![all, "The password stays the same, so {} can sign in again."],
        (true, true) => vec![all, "The password stays the same, so {} can sign in again.", LINK_ENDS],
        (false, true) => vec![
            "{} has set no password yet, so there is nothing to sign out of.",
            LINK_ENDS,
            "To let {} in, make a new link afterwards.",
        ],
        (false, false) => vec![
            "{} has set no password yet, so there is nothing to sign out of.",
            "No link to set one is open: to let {} in, make a new link.",
        ],
    }
}
