//! Counts what the database is asked, read from its client's own log.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Instrument as _, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

const SPAN: &str = "counted";

struct Counter;
struct Queries(Arc<AtomicUsize>);

/// How many queries `work` makes.
pub async fn queries<T>(work: impl Future<Output = T>) -> usize {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| Registry::default().with(Counter.with_filter(Only)).init());
    let span = tracing::info_span!(SPAN);
    work.instrument(span.clone()).await;
    span.with_subscriber(|(id, dispatch)| {
        let registry = dispatch.downcast_ref::<Registry>().unwrap();
        let data = LookupSpan::span(registry, id).unwrap();
        data.extensions().get::<Queries>().unwrap().0.load(Ordering::SeqCst)
    })
    .unwrap()
}

struct Only;

#[derive(Default)]
struct Statement(String);

impl Visit for Statement {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S> Filter<S> for Only {
    fn enabled(&self, metadata: &Metadata<'_>, _context: &Context<'_, S>) -> bool {
        metadata.is_span() || metadata.target() == "sqlx::query"
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counter {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() == SPAN {
            context.span(id).unwrap().extensions_mut().insert(Queries(Arc::default()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        // A connection being opened is nobody's query.
        if statement.0.contains("PRAGMA") {
            return;
        }
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(queries) = span.extensions().get::<Queries>() {
                queries.0.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}
