//! Every state a page can be in has no fault that a machine can find.

use crate::browser::Scripts;
use crate::looks::look;
use crate::person::Person;
use crate::stage::{OWNER, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_new_tenant() {
    let stage = Stage::new("PRO", &[1, 2]).await;
    let person = Person::at(&stage.server, Scripts::On).await;
    person.open("/sign-in").await;
    look(&person, "sign-in").await;
    person.sign_in(OWNER, "wrong").await;
    person.sees("There is a problem").await;
    look(&person, "sign-in-refused").await;
    person.sign_in(OWNER, crate::support::PASSWORD).await;
    person.sees("First steps").await;
    look(&person, "dashboard-first-steps").await;
    person.open("/integrations").await;
    look(&person, "integrations").await;
    person.open("/integrations/helpdesk").await;
    person.sees("No agents yet").await;
    look(&person, "helpdesk-empty").await;
    person.press("Create agent").await;
    person.sees("This uses your 1st of 3 seats.").await;
    look(&person, "create").await;
    person.leave().await;
}
