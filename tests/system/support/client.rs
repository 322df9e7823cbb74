//! A client of the JSON API, as a program outside would be one.

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

/// Somebody signed in.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub retry_after: Option<String>,
    pub request_id: Option<String>,
}

const API: &str = "/api/dashboard/integrations/chatwoot";

impl Client {
    pub async fn sign_in(base: &str, email: &str, password: &str) -> Self {
        let http = http();
        let body = serde_json::json!({ "email": email, "password": password });
        let response = http.post(format!("{base}/api/auth/sign-in")).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "sign-in of {email}");
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { http, base: base.to_owned(), cookie }
    }

    /// The same person at another process that shares the database.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Where the program is.
    pub fn base(&self) -> String {
        self.base.clone()
    }

    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    pub async fn create(&self, body: Value) -> Answer {
        self.send(Method::POST, &format!("{API}/create-user"), Some(body)).await
    }

    /// As [`Client::create`]: status and body, or `None` when the server ends before it answers.
    pub async fn try_create(&self, body: Value) -> Option<(StatusCode, Value)> {
        let request = self.request(Method::POST, &format!("{API}/create-user"));
        let answer = read(request.json(&body).send().await.ok()?).await;
        Some((answer.status, answer.body))
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// As [`Client::create`], so that a repeat with this key makes nobody twice.
    pub async fn create_once(&self, key: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, &format!("{API}/create-user"));
        read(request.header("idempotency-key", key).json(&body).send().await.unwrap()).await
    }

    /// As [`Client::create`], within a trace that began elsewhere.
    pub async fn create_traced(&self, traceparent: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, &format!("{API}/create-user"));
        read(request.header("traceparent", traceparent).json(&body).send().await.unwrap()).await
    }

    pub async fn agents(&self) -> Vec<Value> {
        let answer = self.send(Method::GET, &format!("{API}/agents?limit=1000"), None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["agents"].as_array().unwrap().clone()
    }

    pub async fn remove(&self, agent: &str) -> Answer {
        self.send(Method::DELETE, &format!("{API}/agents/{agent}"), None).await
    }

    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self.request(Method::GET, path).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// Sends a form of our own pages; the page that comes back, or where it leads.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            self.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.text().await.unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }

    /// As [`Client::create`], for a server that dies before it answers.
    pub async fn create_and_perish(&self, body: Value) {
        drop(self.request(Method::POST, &format!("{API}/create-user")).json(&body).send().await);
    }

    /// Any call, of a server that may die before it answers.
    pub async fn ask_anything_and_perish(&self, method: Method, path: &str, body: &Value) {
        drop(self.request(method, &format!("{API}{path}")).json(body).send().await);
    }

    /// As [`Client::create_once`], for a server that may die before it answers: then there is no status.
    pub async fn create_once_or_perish(&self, key: &str, body: &Value) -> Option<StatusCode> {
        let request = self.request(Method::POST, &format!("{API}/create-user"));
        Some(request.header("idempotency-key", key).json(body).send().await.ok()?.status())
    }

    /// As [`Client::assign`], for a server that dies before it answers.
    pub async fn assign_and_perish(&self, agent: &str, inbox: u64, action: &str) {
        let body = serde_json::json!({ "agentId": agent, "inboxId": inbox, "action": action });
        drop(self.request(Method::POST, &format!("{API}/assign-agent")).json(&body).send().await);
    }

    /// As [`Client::remove`], for a server that dies before it answers.
    pub async fn remove_and_perish(&self, agent: &str) {
        drop(self.request(Method::DELETE, &format!("{API}/agents/{agent}")).send().await);
    }

    /// Asks for one of the deeds at an agent's own address, of a server that may die before it answers.
    pub async fn ask_and_perish(&self, agent: &str, deed: &str) {
        let path = format!("{API}/agents/{agent}/{deed}");
        drop(self.request(Method::POST, &path).json(&serde_json::json!({})).send().await);
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("origin", &self.base)
    }
}

/// An HTTP client for loopback.
pub fn http() -> reqwest::Client {
    // Another test of this process may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn read(response: Response) -> Answer {
    let status = response.status();
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (retry_after, request_id) = (header("retry-after"), header("x-request-id"));
    let text = response.text().await.unwrap();
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        retry_after,
        request_id,
    }
}
