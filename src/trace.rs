//! One id for everything that a request sets off, from the browser to the call to Chatwoot.

mod export;
mod place;
mod span;

use std::net::IpAddr;

use tracing::Span as LogSpan;
use tracing::field::display;

pub use self::export::{Export, Exporter, is_exported, start};
pub use self::place::Place;
pub use self::span::{Kind, Span};

/// Where something began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Ours.
    pub request: Option<String>,
    /// Where in a trace, when whoever asked named one or traces are exported.
    pub trace: Option<Place>,
    /// The address of whoever asked.
    pub ip: Option<IpAddr>,
}

tokio::task_local! {
    static ORIGIN: Origin;
}

impl Origin {
    /// What set off the running task; nothing outside of a request or an operation.
    pub fn current() -> Self {
        ORIGIN.try_with(Clone::clone).unwrap_or_default()
    }

    /// Does this work as set off from here.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        ORIGIN.scope(self, work).await
    }

    /// Names itself in a span of the log that has the empty fields `request.id` and `trace.id`.
    pub fn name(&self, span: &LogSpan) {
        if let Some(request) = &self.request {
            span.record("request.id", request);
        }
        if let Some(place) = &self.trace {
            span.record("trace.id", display(place.id()));
        }
    }
}

/// The place in a trace at which the running task works.
fn place() -> Option<Place> {
    ORIGIN.try_with(|origin| origin.trace.clone()).ok().flatten()
}
