//! Whether Chatwoot answers and our keys work.

use crate::app::App;
use crate::domain::connection::Connection;
use crate::services::error::ServiceError;

/// Looks at the installation now and stores what was found; takes at most a few seconds.
pub async fn check(app: &App) -> Result<Connection, ServiceError> {
    let _ = app;
    unimplemented!()
}
