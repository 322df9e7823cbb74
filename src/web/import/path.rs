//! The import an address names.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::IMPORT;
use crate::domain::ids::ImportId;
use crate::services::error::ServiceError;
use crate::web::error::Problem;

/// The import of `…/import/{id}`; anything that is no id is as absent as an import that is not there.
pub struct ImportPath(pub ImportId);

/// Where an import's page is.
pub fn path(import: ImportId) -> String {
    format!("{IMPORT}/{import}")
}

impl<S: Send + Sync> FromRequestParts<S> for ImportPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await.ok();
        let import = named.and_then(|Path(id)| ImportId::parse(&id));
        import.map(Self).ok_or_else(|| ServiceError::NotFound.into())
    }
}
