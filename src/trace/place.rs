//! A place in a trace, as W3C Trace Context writes it.

use std::fmt;

use uuid::Uuid;

/// A trace, the span under which things happen there, and whether somebody records them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) recorded: bool,
}

const RECORDED: u8 = 1;

impl Place {
    /// The place that a `traceparent` names, if it is well-formed: `00-` 32 hex digits `-` 16 hex digits `-` 2 hex digits.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.trim().split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let well_formed =
            hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
        let last = version != "00" || parts.next().is_none();
        if !well_formed || !last {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { trace, span, recorded: flags & RECORDED != 0 })
    }

    /// The place of a new span in a new trace.
    pub(super) fn first() -> Self {
        Self { trace: Uuid::new_v4().as_u128(), span: new_span(), recorded: true }
    }

    /// The place of a new span under this one.
    pub(super) fn below(self) -> Self {
        Self { span: new_span(), ..self }
    }

    /// The trace's id: 32 hex digits.
    pub fn id(&self) -> impl fmt::Display {
        struct Id(u128);
        impl fmt::Display for Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }
        Id(self.trace)
    }
}

/// As a `traceparent`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.recorded { RECORDED } else { 0 };
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

fn new_span() -> u64 {
    rand::random::<u64>().max(1)
}

fn hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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

    #[test]
    fn what_is_below_is_another_span_of_the_same_trace() {
        let above = Place::first();
        let below = above.below();
        assert_eq!((below.trace, below.recorded), (above.trace, true));
        assert!(below.span != above.span && below.span != 0);
    }
}
