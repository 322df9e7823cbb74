//! The form with a list: pasted, or chosen as a file.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use futures_util::stream;
use sha2::{Digest, Sha256};

use crate::domain::{hex, sheet};
use crate::services::error::Refusal;
use crate::web::body;
use crate::web::error::Problem;

const MAX_LIST_BYTES: usize = 1024 * 1024;
const LARGE: &str = "The list is larger than 1 MB. Split it into several lists.";
const BOTH: &str = "Choose a file or paste the list, not both.";

/// A list as sent: its text, or why there is none to read. What was pasted is kept either way.
pub struct Upload {
    pub pasted: String,
    /// The digest of what the page itself had put into the field.
    pub filled: String,
    /// Whether the list came as a file.
    pub is_file: bool,
    pub list: Result<String, Refusal>,
}

#[derive(Default)]
struct Fields {
    pasted: String,
    filled: String,
    file: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let fields = if body::is_form(request.headers()) {
            let bytes = body::read(request).await?;
            let mut fields = Fields::default();
            for (name, value) in url::form_urlencoded::parse(&bytes) {
                match name.as_ref() {
                    "list" => fields.pasted = value.into_owned(),
                    "filled" => fields.filled = value.into_owned(),
                    _ => {}
                }
            }
            fields
        } else {
            parts(request).await?
        };
        Ok(Self::of(fields))
    }
}

impl Upload {
    fn of(Fields { mut pasted, filled, file }: Fields) -> Self {
        let is_file = !file.is_empty();
        if is_file && filled == digest(&pasted) {
            // Nobody typed that, so the file is what is meant.
            pasted.clear();
        }
        let is_pasted = !pasted.trim().is_empty();
        let list = match (is_pasted, is_file) {
            (true, true) => {
                return Self { list: Err(Refusal::field("list", BOTH)), pasted, filled, is_file: false };
            }
            (false, true) if file.len() > MAX_LIST_BYTES => Err(Refusal::field("file", LARGE)),
            (false, true) => sheet::decode(&file).map_err(|fault| Refusal::field("file", fault.to_string())),
            _ if pasted.len() > MAX_LIST_BYTES => Err(Refusal::field("list", LARGE)),
            _ => Ok(pasted.clone()),
        };
        Self { pasted, filled, is_file, list }
    }

    /// The fault of a list at the field that it came by.
    pub fn at_its_field(is_file: bool, refusal: Refusal) -> Refusal {
        let Refusal::Fields(mut faults) = refusal else { return refusal };
        for fault in faults.iter_mut().filter(|fault| is_file && fault.field == "list") {
            fault.field = "file";
        }
        Refusal::Fields(faults)
    }
}

/// Tells whether a text is still the one that a page had put into its field; browsers change its line ends.
pub fn digest(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    hex::encode(&Sha256::digest(lines.join("\n").as_bytes()))
}

async fn parts(request: Request) -> Result<Fields, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let Ok(boundary) = multer::parse_boundary(kind.unwrap_or_default()) else {
        let message = "Send the form as a browser does: multipart/form-data.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unreadable", message));
    };
    let bytes = body::read(request).await?;
    let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
    let mut form = multer::Multipart::new(whole, boundary);
    let mut fields = Fields::default();
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field.bytes().await.map_err(|_| broken())?;
        match name.as_str() {
            "list" => fields.pasted = String::from_utf8_lossy(&value).into_owned(),
            "filled" => fields.filled = String::from_utf8_lossy(&value).into_owned(),
            "file" => fields.file = value.to_vec(),
            _ => {}
        }
    }
    Ok(fields)
}

fn broken() -> Problem {
    Problem::unreadable("The form could not be read to its end. Send it again.")
}
