//! A reply's body as a script: bytes, pauses, and ways of going wrong.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame};
use tokio::time::{Sleep, sleep};

/// The body of a reply, piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Script {
    parts: VecDeque<Part>,
    pause: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
pub(crate) enum Part {
    Bytes(Bytes),
    Pause(Duration),
    /// Nothing more, for as long as the caller waits.
    Stall,
    /// The connection is closed here.
    Cut,
}

/// The connection was closed on purpose.
#[derive(Debug)]
pub(crate) struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

impl Script {
    pub(crate) fn new(parts: impl IntoIterator<Item = Part>) -> Self {
        Self { parts: parts.into_iter().collect(), pause: None }
    }

    pub(crate) fn whole(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        if body.is_empty() {
            return Self::default();
        }
        Self::new([Part::Bytes(body)])
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match self.parts.pop_front() {
                None => return Poll::Ready(None),
                Some(Part::Bytes(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Part::Pause(time)) => self.pause = Some(Box::pin(sleep(time))),
                Some(Part::Cut) => return Poll::Ready(Some(Err(Closed))),
                Some(Part::Stall) => {
                    self.parts.push_front(Part::Stall);
                    return Poll::Pending;
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty() && self.pause.is_none()
    }
}
