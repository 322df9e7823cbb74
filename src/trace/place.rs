//! A place in a trace, as W3C Trace Context writes it.

use std::collections::HashMap;
use std::fmt;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// A trace, the span under which things happen there, and whether somebody records them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(SpanContext);

const HEADER: &str = "traceparent";

impl Place {
    /// The place that a `traceparent` names, if it is well-formed: `00-` 32 hex digits `-` 16 hex digits `-` 2 hex digits.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let traceparent = traceparent.trim();
        // The SDK takes numbers of any length, also with a sign, and a last `-` after them.
        let lengths = traceparent.split('-').map(str::len).take(4).eq([2, 32, 16, 2]);
        if !lengths || traceparent.contains('+') || traceparent.ends_with('-') {
            return None;
        }
        let header = HashMap::from([(HEADER.to_owned(), traceparent.to_owned())]);
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &header);
        let place = context.span().span_context().clone();
        place.is_valid().then_some(Self(place))
    }

    /// Whether somebody records what happens there.
    pub(super) fn is_recorded(&self) -> bool {
        self.0.is_sampled()
    }

    /// The trace's id: 32 hex digits.
    pub fn id(&self) -> impl fmt::Display {
        self.0.trace_id()
    }
}

/// As a `traceparent`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut header = HashMap::new();
        TraceContextPropagator::new().inject_context(&self.clone().into(), &mut header);
        f.write_str(header.get(HEADER).map_or("", String::as_str))
    }
}

impl From<SpanContext> for Place {
    fn from(place: SpanContext) -> Self {
        Self(place)
    }
}

impl From<Place> for Context {
    fn from(place: Place) -> Self {
        Self::new().with_remote_span_context(place.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn only_a_well_formed_traceparent_names_a_trace() {
        let id = |header: &str| Place::parse(header).map(|place| place.id().to_string());
        assert_eq!(id(&format!("00-{TRACE}-00f067aa0ba902b7-01")).as_deref(), Some(TRACE));
        assert_eq!(id(&format!("cc-{TRACE}-00f067aa0ba902b7-01-more")).as_deref(), Some(TRACE));
        for wrong in [
            String::new(),
            "00".into(),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}\n-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-"),
            format!("00-+{}-00f067aa0ba902b7-01", &TRACE[1..]),
            "00-1-1-01".into(),
        ] {
            assert_eq!(id(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_place_is_written_as_it_is_read() {
        for flags in ["00", "01"] {
            let header = format!("00-{TRACE}-00f067aa0ba902b7-{flags}");
            assert_eq!(Place::parse(&header).unwrap().to_string(), header);
        }
    }
}
