use axum::body::Bytes;
use axum::http::HeaderMap;
use scraper::{Html, Selector};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The header with this name, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The words of each element that the selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let document = Html::parse_document(self.text());
        document.select(&parse(selector)).map(|element| words(element.text().collect())).collect()
    }

    /// The only element's words.
    pub fn words(&self, selector: &str) -> String {
        let mut texts = self.texts(selector);
        assert_eq!(texts.len(), 1, "{selector} in {}", self.text());
        texts.remove(0)
    }

    pub fn has(&self, selector: &str) -> bool {
        !self.texts(selector).is_empty()
    }

    /// The only element's attribute, empty when it has none.
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let document = Html::parse_document(self.text());
        let found: Vec<String> = document
            .select(&parse(selector))
            .map(|element| element.value().attr(name).unwrap_or_default().to_owned())
            .collect();
        assert_eq!(found.len(), 1, "{selector} in {}", self.text());
        found.into_iter().next().unwrap()
    }

    /// What a field holds.
    pub fn value_of(&self, selector: &str) -> String {
        self.attribute(selector, "value")
    }

    /// Status, code and whether the body is the JSON error that clients rely on.
    pub fn json_error(&self) -> (u16, String) {
        let body = self.json();
        let object = body.as_object().unwrap();
        assert!(
            object.keys().all(|key| ["error", "code", "fields", "requestId"].contains(&key.as_str())),
            "{body}"
        );
        assert!(!body["error"].as_str().unwrap().is_empty(), "{body}");
        assert_eq!(body["requestId"], self.header("x-request-id"));
        (self.status, body["code"].as_str().unwrap().to_owned())
    }
}

fn parse(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}
