//! The OpenAPI description of the same calls, as a second opinion on every reply.

use serde_json::{Map, Value, json};

use super::recording::Exchange;
use crate::support::Answer;

pub struct Schema(Value);

impl Schema {
    pub fn load() -> Self {
        let mut document = serde_json::from_str(include_str!("../../data/subset.openapi.json")).unwrap();
        null_where_nullable(&mut document);
        Self(document)
    }

    /// The reply is described, and is what the description says. Paths that are no routes of
    /// Chatwoot are not described.
    pub fn assert_matches(&self, exchange: &Exchange, answer: &Answer) {
        let Some(replies) = self.replies(exchange) else {
            return;
        };
        let label = &exchange.label;
        let reply = replies.get(&answer.status.to_string());
        let reply = reply.unwrap_or_else(|| panic!("{label}: {} is not described", answer.status));
        match reply.pointer("/content/application~1json/schema") {
            None => assert_eq!(answer.text(), "", "{label}"),
            Some(_) if answer.body.is_empty() => {
                assert_eq!(exchange.content_type, "text/html; charset=UTF-8");
            }
            Some(schema) => self.assert_valid(label, schema, &answer.json()),
        }
    }

    fn assert_valid(&self, label: &str, schema: &Value, body: &Value) {
        let mut schema = schema.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(body).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{label}: {errors:?}");
    }

    fn replies(&self, exchange: &Exchange) -> Option<&Map<String, Value>> {
        let path = exchange.target.split('?').next()?.trim_end_matches('/');
        let path = path.strip_suffix(".json").unwrap_or(path);
        let paths = self.0["paths"].as_object()?;
        let (_, calls) = paths.iter().find(|(template, _)| fits(template, path))?;
        calls[exchange.method.to_lowercase()]["responses"].as_object()
    }
}

fn fits(template: &str, path: &str) -> bool {
    let same = |(wanted, given): (&str, &str)| wanted == given || wanted.starts_with('{');
    template.split('/').count() == path.split('/').count()
        && template.split('/').zip(path.split('/')).all(same)
}

/// OpenAPI 3.0 says `nullable`, JSON Schema has a type for it.
fn null_where_nullable(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(null_where_nullable),
        Value::Object(object) => {
            object.values_mut().for_each(null_where_nullable);
            if object.remove("nullable") == Some(Value::Bool(true)) {
                let kind = object.remove("type").unwrap_or_default();
                object.insert("type".to_owned(), json!([kind, "null"]));
            }
        }
        _ => {}
    }
}
