//! A piece of work in a trace, told to whoever collects traces when it is over.

use opentelemetry::trace::{Span as _, SpanBuilder, Status, Tracer as _};
use opentelemetry::{Context, KeyValue, Value};

pub use opentelemetry::trace::SpanKind as Kind;

use super::place::Place;
use super::{Origin, export, place};

/// A piece of work that has begun; told of when dropped. Nothing in it may be personal or secret: it leaves us.
pub struct Span(opentelemetry_sdk::trace::Span);

impl Span {
    /// Begins work of the running trace; `None` when nobody is to hear of it.
    pub fn begin(kind: Kind, name: &'static str) -> Option<Self> {
        Self::below(place()?, SpanBuilder::from_name(name).with_kind(kind))
    }

    /// Begins to serve a request, in a new trace unless whoever asks is in one; `None` when nobody is to hear of it.
    pub fn serve(above: Option<Place>, name: String) -> Option<Self> {
        let span = SpanBuilder::from_name(name).with_kind(Kind::Server);
        match above {
            Some(above) => Self::below(above, span),
            None => Some(Self(export::tracer()?.build_with_context(span, &Context::new()))),
        }
    }

    fn below(above: Place, span: SpanBuilder) -> Option<Self> {
        let tracer = export::tracer().filter(|_| above.is_recorded())?;
        Some(Self(tracer.build_with_context(span, &above.into())))
    }

    /// Where work within this one happens.
    pub fn here(&self) -> Place {
        self.0.span_context().clone().into()
    }

    /// Does this as a part of it.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        let origin = Origin { trace: Some(self.here()), ..Origin::current() };
        origin.scope(work).await
    }

    pub fn note(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.set_attribute(KeyValue::new(key, value));
    }

    /// Notes that it failed, and how, in one of a few words.
    pub fn fail(&mut self, how: impl Into<Value>) {
        self.0.set_status(Status::error(""));
        self.note("error.type", how);
    }

    /// Ends it in order: nobody gave up on it.
    pub fn end(mut self) {
        self.0.end();
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.0.is_recording() {
            self.fail("cancelled");
        }
    }
}
