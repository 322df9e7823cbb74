//! One id for everything that a request sets off, from the browser to the call to Chatwoot.

use std::net::IpAddr;

use tracing::Span;

/// Where something began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Ours.
    pub request: Option<String>,
    /// The trace of a W3C `traceparent`, when whoever asked sent one.
    pub trace: Option<String>,
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

    /// Names itself in a span that has the empty fields `request.id` and `trace.id`.
    pub fn name(&self, span: &Span) {
        if let Some(request) = &self.request {
            span.record("request.id", request);
        }
        if let Some(trace) = &self.trace {
            span.record("trace.id", trace);
        }
    }
}

/// The trace of a `traceparent` header, if it is well-formed: `00-` 32 hex digits `-` 16 hex digits `-` 2 hex digits.
pub fn parse_traceparent(header: &str) -> Option<String> {
    let mut parts = header.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well_formed =
        hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16) && hex(flags, 2);
    let last = version != "00" || parts.next().is_none();
    let not_zero = trace.bytes().any(|byte| byte != b'0') && parent.bytes().any(|byte| byte != b'0');
    (well_formed && last && not_zero).then(|| trace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_names_a_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(parse_traceparent(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(), Some(trace));
        assert_eq!(
            parse_traceparent(&format!("cc-{trace}-00f067aa0ba902b7-01-more")).as_deref(),
            Some(trace)
        );
        for wrong in [
            String::new(),
            "00".into(),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("00-{trace}-00f067aa0ba902b7-01-more"),
            format!("ff-{trace}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}\n-00f067aa0ba902b7-01"),
        ] {
            assert_eq!(parse_traceparent(&wrong), None, "{wrong}");
        }
    }
}
