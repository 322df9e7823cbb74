use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE,
};
use axum::http::{HeaderName, HeaderValue, Method, Request};
use flate2::read::GzDecoder;
use serde_json::Value;
use tower::ServiceExt as _;

use super::Answer;

/// A browser or API client with cookies of its own, which says where its requests come from.
#[derive(Clone)]
pub struct Client {
    router: Router,
    origin: &'static str,
    pub cookies: BTreeMap<String, String>,
    pub address: SocketAddr,
}

/// One request in the making.
pub struct Call<'a> {
    client: &'a mut Client,
    request: Request<Body>,
}

impl Client {
    pub fn new(router: Router, origin: &'static str) -> Self {
        let address = SocketAddr::from(([192, 0, 2, 1], 40_000));
        Self { router, origin, cookies: BTreeMap::new(), address }
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password), ("next", "")]).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call(Method::POST, path).form(form).send().await
    }

    pub async fn get_htmx(&mut self, path: &str) -> Answer {
        self.call(Method::GET, path).htmx().send().await
    }

    pub async fn post_htmx(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call(Method::POST, path).htmx().form(form).send().await
    }

    pub async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path).json(body).send().await
    }

    /// A request as a browser on our own page sends it.
    #[expect(clippy::needless_pass_by_value, reason = "a method is written where it is used")]
    pub fn call(&mut self, method: Method, path: &str) -> Call<'_> {
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(HOST, host)
            .header(ACCEPT, "text/html")
            .extension(ConnectInfo(self.address));
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        if method != Method::GET && method != Method::HEAD {
            request = request.header(ORIGIN, self.origin).header("sec-fetch-site", "same-origin");
        }
        Call { client: self, request: request.body(Body::empty()).unwrap() }
    }

    pub fn session(&self) -> Option<&str> {
        self.cookies.iter().find(|(name, _)| name.ends_with("localboxs")).map(|(_, value)| value.as_str())
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Call<'_> {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::try_from(value).unwrap();
        self.request.headers_mut().insert(HeaderName::from_static(name), value);
        self
    }

    pub fn without(mut self, name: &'static str) -> Self {
        self.request.headers_mut().remove(HeaderName::from_static(name));
        self
    }

    pub fn htmx(self) -> Self {
        self.header("hx-request", "true")
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.body("application/x-www-form-urlencoded", form.finish())
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = self.request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::try_from(kind).unwrap());
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        *self.request.body_mut() = Body::from(body);
        self
    }

    /// Asks for a compressed answer and unpacks it, as browsers do, unless the test says what to accept.
    pub async fn send(mut self) -> Answer {
        let unpack = !self.request.headers().contains_key(ACCEPT_ENCODING);
        if unpack {
            self.request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let response = self.client.router.clone().oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        let mut body = to_bytes(body, usize::MAX).await.unwrap();
        if unpack && parts.headers.contains_key(CONTENT_ENCODING) && !body.is_empty() {
            let mut plain = Vec::new();
            GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
            body = plain.into();
        }
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        self.client.keep_cookies(&answer);
        answer
    }
}
