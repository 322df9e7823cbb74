//! Holds real answers to the description that the API gives of itself.

use serde_json::Value;

/// The API's own description.
#[derive(Clone)]
pub struct Description(pub Value);

impl Description {
    /// The described path that this path is an example of.
    pub fn template<'a>(&'a self, path: &str) -> Option<&'a str> {
        let asked: Vec<&str> = path.split('?').next().unwrap_or(path).split('/').collect();
        let fits = |template: &&String| {
            let known: Vec<&str> = template.split('/').collect();
            known.len() == asked.len()
                && known.iter().zip(&asked).all(|(known, asked)| known.starts_with('{') || known == asked)
        };
        self.0["paths"].as_object()?.keys().find(fits).map(String::as_str)
    }

    /// Everything about this answer that the description does not promise.
    pub fn faults(&self, method: &str, path: &str, status: u16, body: Option<&Value>) -> Vec<String> {
        let Some(template) = self.template(path) else { return vec![format!("{path} is not described")] };
        let answers = &self.0["paths"][template][method.to_lowercase()]["responses"];
        let Some(answer) = answers.get(status.to_string()) else {
            return vec![format!("{method} {template} is not described to answer {status}")];
        };
        let schema = &answer["content"]["application/json"]["schema"];
        match (schema.is_null(), body) {
            (true, None) => Vec::new(),
            (true, Some(body)) => vec![format!("{method} {template} {status}: unexpected body {body}")],
            (false, None) => vec![format!("{method} {template} {status}: no JSON body")],
            (false, Some(body)) => self.misfits(schema, body, &format!("{method} {template} {status}")),
        }
    }

    /// How `value` differs from `schema`; fields that the schema does not name are faults too.
    fn misfits(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.misfits(self.0.pointer(&reference[1..]).expect("a known schema"), value, at);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = choices.iter().any(|choice| self.misfits(choice, value, at).is_empty());
            return if fits { Vec::new() } else { vec![format!("{at}: {value} is none of the choices")] };
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            return vec![format!("{at}: {value} is not one of {words:?}")];
        }
        if !has_type(&schema["type"], value) {
            return vec![format!("{at}: {value} is not {}", schema["type"])];
        }
        match value {
            Value::Object(fields) => self.misfit_fields(schema, fields, at),
            Value::Array(items) => items
                .iter()
                .flat_map(|item| self.misfits(&schema["items"], item, &format!("{at}[]")))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn misfit_fields(
        &self,
        schema: &Value,
        fields: &serde_json::Map<String, Value>,
        at: &str,
    ) -> Vec<String> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut faults: Vec<String> = required
            .filter(|name| !fields.contains_key(*name))
            .map(|name| format!("{at}: {name} is missing"))
            .collect();
        for (name, value) in fields {
            let known = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
            match known.filter(|known| known.is_object()) {
                Some(known) => faults.extend(self.misfits(known, value, &format!("{at}.{name}"))),
                None => faults.push(format!("{at}: {name} is not described")),
            }
        }
        faults
    }
}

fn has_type(types: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    };
    match types {
        Value::Null => true,
        Value::Array(types) => types.iter().any(is),
        one => is(one),
    }
}
