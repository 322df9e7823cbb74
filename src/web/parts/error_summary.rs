//! What is wrong with a form, said first and linked to the fields.

use askama::Template;

use crate::services::error::{FieldError, Refusal};
use crate::web::body::UNKNOWN;
use crate::web::parts::icon;

/// All faults of a form that came back.
#[derive(Template)]
#[template(path = "parts/error_summary.html")]
pub struct ErrorSummary {
    faults: Vec<Fault>,
}

struct Fault {
    message: String,
    /// The id of the field to go to.
    field: Option<&'static str>,
}

impl ErrorSummary {
    pub fn of(refusal: &Refusal) -> Self {
        let faults = match refusal {
            Refusal::Fields(fields) => fields.iter().flat_map(faults).collect(),
            Refusal::KeyReused => vec![Fault { message: SENT_BEFORE.to_owned(), field: None }],
            other => vec![Fault { message: other.to_string(), field: None }],
        };
        Self { faults }
    }
}

const SENT_BEFORE: &str = "This form was already sent once with other entries. Check it, then send it again.";

fn faults(error: &FieldError) -> impl Iterator<Item = Fault> + '_ {
    let field = match error.field {
        "inboxIds" => Some("inboxes"),
        // What is wrong with a form as a whole has no field on the page.
        UNKNOWN | "idempotencyKey" => None,
        other => Some(other),
    };
    error.messages.iter().map(move |message| Fault { message: message.clone(), field })
}

/// The faults of one field, in the words of the summary.
pub fn messages_for(refusal: Option<&Refusal>, field: &str) -> Vec<String> {
    match refusal {
        Some(Refusal::Fields(fields)) => fields
            .iter()
            .filter(|error| error.field == field)
            .flat_map(|error| error.messages.clone())
            .collect(),
        _ => Vec::new(),
    }
}
