//! Somebody with a browser or a program, who asks one thing after the other.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::stage::PASSWORD;
use super::tally::Tally;

/// How much faster than usual while the program warms up.
const HURRY: u32 = 6;
/// Longer than the program takes for anything.
const PATIENCE: Duration = Duration::from_secs(40);

pub struct Person {
    http: Client,
    base: String,
    cookie: Option<String>,
    tally: Arc<Tally>,
    pub random: StdRng,
    /// Until when everything is asked for [`HURRY`] times as fast.
    hurries: Instant,
}

/// What came back, read whole.
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub cookie: Option<String>,
}

impl Person {
    pub fn new(base: &str, tally: Arc<Tally>, random: StdRng, hurries: Instant) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
        let http = client.pool_max_idle_per_host(1).build().unwrap_or_default();
        Self { http, base: base.to_owned(), cookie: None, tally, random, hurries }
    }

    /// Host and port of the program.
    pub fn address(&self) -> String {
        self.base.trim_start_matches("http://").to_owned()
    }

    pub fn is_signed_in(&self) -> bool {
        self.cookie.is_some()
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Rests about as long as this.
    pub async fn rest(&mut self, about: Duration) {
        let about = if Instant::now() < self.hurries { about / HURRY } else { about };
        sleep(about.mul_f64(self.random.random_range(0.2..1.8))).await;
    }

    /// One of these.
    pub fn any<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.random.random_range(0..of.len())]
    }

    pub async fn sign_in(&mut self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.json(Method::POST, "/api/auth/sign-in", &body).await;
        self.cookie = answer.and_then(|answer| answer.cookie);
    }

    pub async fn sign_out(&mut self) {
        self.json(Method::POST, "/api/auth/sign-out", &json!({})).await;
        self.cookie = None;
    }

    pub async fn page(&mut self, path: &str) -> Option<Answer> {
        let request = self.request(Method::GET, path);
        self.ask(path, request).await
    }

    /// As htmx asks for a part of a page.
    pub async fn fragment(&mut self, path: &str) -> Option<Answer> {
        let request = self.request(Method::GET, path).header("hx-request", "true");
        self.ask(path, request).await
    }

    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
        let body = pairs.collect::<Vec<_>>().join("&");
        let kind = "application/x-www-form-urlencoded";
        let request = self.request(Method::POST, path).header("content-type", kind).body(body);
        let htmx = self.random.random_bool(0.5);
        self.ask(path, if htmx { request.header("hx-request", "true") } else { request }).await
    }

    pub async fn json(&mut self, method: Method, path: &str, body: &Value) -> Option<Answer> {
        let request = self.request(method, path);
        self.ask(path, if body.is_null() { request } else { request.json(body) }).await
    }

    /// Goes away before the answer comes.
    pub async fn abandon(&mut self, path: &str) {
        let request = self.request(Method::GET, path);
        let soon = Duration::from_millis(self.random.random_range(0..20));
        drop(timeout(soon, request.send()).await);
        self.tally.abandoned();
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("sec-fetch-site", "same-origin");
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// Asks, and has the answer counted; `None` when there was none.
    pub async fn ask(&mut self, what: &str, request: RequestBuilder) -> Option<Answer> {
        let answer = match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let cookie = response.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
                let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
                response.text().await.map(|body| Answer { status, body, cookie })
            }
            Err(fault) => Err(fault),
        };
        match answer {
            Ok(answer) => {
                self.tally.answered(what, answer.status, &answer.body);
                if answer.status == 401 {
                    self.cookie = None;
                }
                Some(answer)
            }
            Err(fault) => {
                self.tally.unanswered(what, &fault);
                None
            }
        }
    }
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}
