//! The form with a list: pasted, or chosen as a file.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use futures_util::stream;

use crate::domain::sheet;
use crate::services::error::Refusal;
use crate::web::body;
use crate::web::error::Problem;

const MAX_LIST_BYTES: usize = 1024 * 1024;
const LARGE: &str = "The list is larger than 1 MB. Split it into several lists.";
const BOTH: &str = "Choose a file or paste the list, not both.";

/// A list as sent: its text, or why there is none to read. What was pasted is kept either way.
pub struct Upload {
    pub pasted: String,
    pub list: Result<String, Refusal>,
}

#[derive(Default)]
struct Fields {
    pasted: String,
    file: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let fields = if body::is_form(request.headers()) {
            let bytes = body::read(request).await?;
            let mut fields = url::form_urlencoded::parse(&bytes).into_owned();
            let pasted = fields.find(|(name, _)| name == "list").map(|(_, list)| list);
            Fields { pasted: pasted.unwrap_or_default(), ..Fields::default() }
        } else {
            parts(request).await?
        };
        Ok(Self::of(fields))
    }
}

impl Upload {
    fn of(Fields { pasted, file }: Fields) -> Self {
        let is_pasted = !pasted.trim().is_empty();
        let refused = |words: &str| Err(Refusal::field("list", words));
        let list = match (is_pasted, file.is_empty()) {
            (true, false) => refused(BOTH),
            _ if pasted.len() > MAX_LIST_BYTES || file.len() > MAX_LIST_BYTES => refused(LARGE),
            (false, false) => sheet::decode(&file).map_err(|fault| Refusal::field("file", fault.to_string())),
            _ => Ok(pasted.clone()),
        };
        Self { pasted, list }
    }
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
            "file" => fields.file = value.to_vec(),
            _ => {}
        }
    }
    Ok(fields)
}

fn broken() -> Problem {
    Problem::unreadable("The form could not be read to its end. Send it again.")
}
