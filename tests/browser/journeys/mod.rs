//! Whole journeys, each with scripts, without them, and without htmx, to the same rows in the end.

mod account;
mod admin_agents;
mod create;
mod drift;
mod import;
mod inboxes;
mod limit;
mod password;
mod remove;
mod retry;
mod session;
mod sign_in_link;
mod suspend;
mod tier_limits;
mod users;

use crate::browser::Scripts;
use crate::person::Person;
use crate::rows::rows;
use crate::stage::Stage;

/// Makes the same journey in every kind of browser and compares what is left in the database.
async fn everywhere(tier: &str, inboxes: &[u64], journey: impl AsyncFn(&Stage, &Person)) {
    let mut first = None;
    for scripts in [Scripts::On, Scripts::Off, Scripts::WithoutHtmx] {
        let stage = Stage::new(tier, inboxes).await;
        let person = Person::at(&stage.server, scripts).await;
        person.open("/sign-in").await;
        journey(&stage, &person).await;
        person.leave().await;
        let rows = rows(&stage.system.database).await;
        let first = first.get_or_insert_with(|| rows.clone());
        assert_eq!(rows, *first, "the rows after a journey with scripts {scripts:?}");
    }
}
