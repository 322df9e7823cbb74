//! Scripted faults: which calls, and what becomes of them.

use std::time::Duration;

use crate::call::Call;

/// A fault to inject: the calls it meets, and what happens to them.
///
/// Until told otherwise it meets the next matching call only, and changes nothing about it.
#[derive(Clone, Debug)]
pub struct Fault {
    method: String,
    path: String,
    body_part: Option<String>,
    pub(crate) first: u64,
    pub(crate) times: Option<u64>,
    /// Probability and seed.
    pub(crate) chance: Option<(f64, u64)>,
    pub(crate) delay: Duration,
    pub(crate) hold: Duration,
    pub(crate) strips_underscores: bool,
    pub(crate) commits: bool,
    pub(crate) reply: Reply,
}

/// What the caller gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The true answer.
    True,
    /// Nothing, for as long as the caller waits.
    Hang,
    /// The connection is closed without a byte.
    Close,
    /// The connection is reset (RST) without a byte.
    Reset,
    /// 500 with Rails' error JSON.
    RailsError,
    /// nginx's page for 502, 503 or 504 (or any status).
    Gateway(u16),
    /// 429 `Retry later`.
    TooManyRequests(RetryAfter),
    /// The true answer without its end, announced with its full length.
    CutShort,
    /// The true answer cut inside a text, announced with the length it has.
    CutInText,
    /// The true answer's head and half its body, then nothing.
    StallInBody,
    /// The true answer, its body in pieces with this pause before each.
    Slow(Duration),
    /// The true answer with every number replaced by null.
    NullNumbers,
    /// 200 with a sign-in page in HTML.
    LoginPage,
    /// 200 `{}`.
    EmptyObject,
    /// 200 with 10 MB of valid JSON.
    Huge,
    /// A redirect to this address.
    Redirect { status: u16, location: String },
    /// Anything else.
    Custom { status: u16, content_type: String, body: String },
}

/// What a 429 says about coming back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing, as Chatwoot itself.
    Unsaid,
    /// So many seconds, as a proxy may.
    Seconds(u64),
    /// The date so many seconds from now.
    DateIn(u64),
}

impl Fault {
    /// Meets calls of this method and path. In the path `*` stands for one segment and a last `**`
    /// for any rest; the method may be `*`; the query is not looked at.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            body_part: None,
            first: 1,
            times: Some(1),
            chance: None,
            delay: Duration::ZERO,
            hold: Duration::ZERO,
            strips_underscores: false,
            commits: true,
            reply: Reply::True,
        }
    }

    /// Meets every call.
    pub fn any() -> Self {
        Self::on("*", "/**")
    }

    /// Meets only calls whose body contains this text.
    #[must_use]
    pub fn body_containing(mut self, text: &str) -> Self {
        self.body_part = Some(text.to_owned());
        self
    }

    /// Begins with the `n`th matching call from now (the first is 1).
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.first = n;
        self
    }

    /// Happens so many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens until the faults are cleared.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Happens with this probability, decided by this seed, until the faults are cleared.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Some((probability, seed));
        self.forever()
    }

    /// Waits before the work; the work is then done even if the caller has gone.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Does the work, then waits before the answer.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// Drops headers with an underscore in their name, as nginx does by default.
    #[must_use]
    pub fn without_underscore_headers(mut self) -> Self {
        self.strips_underscores = true;
        self
    }

    /// Answers this **instead of** doing the work. The answers made from the true one
    /// (`True`, `CutShort`, `CutInText`, `StallInBody`, `Slow`, `NullNumbers`) do the work.
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.commits = reply.needs_the_true_one();
        self.reply = reply;
        self
    }

    /// Does the work, then answers this.
    #[must_use]
    pub fn commit_then(mut self, reply: Reply) -> Self {
        self.commits = true;
        self.reply = reply;
        self
    }

    pub(crate) fn matches(&self, call: &Call) -> bool {
        let method = self.method == "*" || self.method == call.method;
        let body =
            self.body_part.as_deref().is_none_or(|part| String::from_utf8_lossy(&call.body).contains(part));
        method && matches_path(&self.path, &call.path) && body
    }
}

impl Reply {
    fn needs_the_true_one(&self) -> bool {
        matches!(
            self,
            Self::True
                | Self::CutShort
                | Self::CutInText
                | Self::StallInBody
                | Self::Slow(_)
                | Self::NullNumbers
        )
    }
}

fn matches_path(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.trim_matches('/').split('/');
    let mut given = path.trim_matches('/').split('/');
    loop {
        match (wanted.next(), given.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == "*" || wanted == given => {}
            _ => return false,
        }
    }
}
