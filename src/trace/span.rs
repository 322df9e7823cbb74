//! A piece of work in a trace, told to whoever collects traces when it is over.

use std::mem::take;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::place::Place;
use super::wire::{self, KeyValue, Value};
use super::{Origin, export, place};

const ERROR: i32 = 2;

/// A piece of work that has begun; told of when dropped. Nothing in it may be personal or secret: it leaves us.
pub struct Span {
    here: Place,
    above: Option<u64>,
    kind: Kind,
    name: String,
    began: (SystemTime, Instant),
    attributes: Vec<KeyValue>,
    failed: bool,
    complete: bool,
}

/// What the work is to others, by OpenTelemetry's numbers.
#[derive(Clone, Copy)]
pub enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
}

impl Span {
    /// Begins work of the running trace; `None` when nobody is to hear of it.
    pub fn begin(kind: Kind, name: &str) -> Option<Self> {
        if !export::is_exported() {
            return None;
        }
        let above = place().filter(|above| above.recorded)?;
        Some(Self::new(above.below(), Some(above.span), kind, name))
    }

    /// Begins to serve a request, in a new trace unless whoever asks is in one; `None` when nobody is to hear of it.
    pub fn serve(above: Option<Place>, name: &str) -> Option<Self> {
        if !export::is_exported() || above.is_some_and(|above| !above.recorded) {
            return None;
        }
        let here = above.map_or_else(Place::first, Place::below);
        Some(Self::new(here, above.map(|above| above.span), Kind::Server, name))
    }

    fn new(here: Place, above: Option<u64>, kind: Kind, name: &str) -> Self {
        Self {
            here,
            above,
            kind,
            name: name.to_owned(),
            began: (SystemTime::now(), Instant::now()),
            attributes: Vec::new(),
            failed: false,
            complete: false,
        }
    }

    /// Where work within this one happens.
    pub fn here(&self) -> Place {
        self.here
    }

    /// Does this as a part of it.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        let origin = Origin { trace: Some(self.here), ..Origin::current() };
        origin.scope(work).await
    }

    pub fn note(&mut self, key: &str, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(key, value.into()));
    }

    /// Notes that it failed, and how, in one of a few words.
    pub fn fail(&mut self, how: &str) {
        self.failed = true;
        self.note("error.type", how);
    }

    /// Ends it in order: nobody gave up on it.
    pub fn end(mut self) {
        self.complete = true;
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if !self.complete {
            self.fail("cancelled");
        }
        let (start, began) = self.began;
        let nanoseconds = |at: SystemTime| {
            at.duration_since(UNIX_EPOCH).ok().and_then(|since| u64::try_from(since.as_nanos()).ok())
        };
        export::tell(wire::Span {
            trace: self.here.trace.to_be_bytes().to_vec(),
            id: self.here.span.to_be_bytes().to_vec(),
            parent: self.above.map_or_else(Vec::new, |above| above.to_be_bytes().to_vec()),
            name: take(&mut self.name),
            kind: self.kind as i32,
            start_ns: nanoseconds(start).unwrap_or_default(),
            end_ns: nanoseconds(start + began.elapsed()).unwrap_or_default(),
            attributes: take(&mut self.attributes),
            status: self.failed.then_some(wire::Status { code: ERROR }),
            flags: 1,
        });
    }
}
