//! The generated description, put into words for people.

use serde_json::{Map, Value};

/// Everything the page shows, read from the generated document.
pub struct Reference {
    pub version: String,
    pub introduction: String,
    pub groups: Vec<Group>,
    pub shapes: Vec<Shape>,
}

/// Operations about one thing.
pub struct Group {
    pub name: String,
    pub operations: Vec<Operation>,
}

/// One method of one path.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub details: String,
    pub signed_in: bool,
    pub parameters: Vec<Field>,
    pub body: Option<Kind>,
    pub answers: Vec<Answer>,
}

/// A parameter, or a field of a shape.
pub struct Field {
    pub name: String,
    /// For parameters: `query`, `path` or `header`.
    pub place: String,
    pub kind: Kind,
    pub required: bool,
    pub details: String,
}

/// What a value is, in words, and the shape it has if that has a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub words: String,
    pub shape: Option<String>,
}

/// One answer of an operation.
pub struct Answer {
    pub status: String,
    pub details: String,
    pub kind: Option<Kind>,
}

/// A named shape: its fields, or the words it may be.
pub struct Shape {
    pub name: String,
    pub details: String,
    pub fields: Vec<Field>,
    pub words: String,
    pub example: Option<String>,
}

impl Reference {
    /// Reads an `OpenAPI` document.
    pub fn read(document: &Value) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (path, methods) in object(&document["paths"]) {
            for (method, operation) in object(methods) {
                let name = text(&operation["tags"][0]);
                let operation = Operation::read(path, method, operation);
                match groups.iter_mut().find(|group| group.name == name) {
                    Some(group) => group.operations.push(operation),
                    None => groups.push(Group { name, operations: vec![operation] }),
                }
            }
        }
        let schemas = object(&document["components"]["schemas"]);
        Self {
            version: text(&document["info"]["version"]),
            introduction: text(&document["info"]["description"]),
            groups,
            shapes: schemas.map(|(name, schema)| Shape::read(name, schema, document)).collect(),
        }
    }
}

impl Operation {
    fn read(path: &str, method: &str, operation: &Value) -> Self {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            details: text(&operation["description"]),
            signed_in: operation["security"].as_array().is_none_or(|ways| !ways.contains(&Map::new().into())),
            parameters: array(&operation["parameters"]).map(Field::of_parameter).collect(),
            body: (!body.is_null()).then(|| Kind::read(body)),
            answers: object(&operation["responses"])
                .map(|(status, answer)| Answer::read(status, answer))
                .collect(),
        }
    }
}

impl Answer {
    fn read(status: &str, answer: &Value) -> Self {
        let content = object(&answer["content"]).next().map(|(_, content)| &content["schema"]);
        Self {
            status: status.to_owned(),
            details: text(&answer["description"]),
            kind: content.map(Kind::read),
        }
    }
}

impl Field {
    fn of_parameter(parameter: &Value) -> Self {
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            kind: Kind::read(&parameter["schema"]),
            required: parameter["required"] == true,
            details: text(&parameter["description"]),
        }
    }

    fn of_shape(name: &str, schema: &Value, shape: &Value) -> Self {
        Self {
            name: name.to_owned(),
            place: String::new(),
            kind: Kind::read(schema),
            required: array(&shape["required"]).any(|required| required == name),
            details: text(&schema["description"]),
        }
    }
}

impl Shape {
    fn read(name: &str, schema: &Value, document: &Value) -> Self {
        let fields: Vec<Field> =
            object(&schema["properties"]).map(|(field, kind)| Field::of_shape(field, kind, schema)).collect();
        Self {
            name: name.to_owned(),
            details: text(&schema["description"]),
            words: if fields.is_empty() { Kind::read(schema).words } else { String::new() },
            fields,
            example: example(schema, document)
                .and_then(|example| serde_json::to_string_pretty(&example).ok()),
        }
    }
}

impl Kind {
    fn read(schema: &Value) -> Self {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or(reference).to_owned();
            return Self { words: name.clone(), shape: Some(name) };
        }
        if let Some(other) = array(&schema["oneOf"]).find(|other| other["type"] != "null") {
            let kind = Self::read(other);
            return Self { words: format!("{} or null", kind.words), ..kind };
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if types.contains(&"array") {
            let items = Self::read(&schema["items"]);
            return Self { words: format!("list of {}", items.words), ..items };
        }
        Self { words: plain(&types, schema), shape: None }
    }
}

/// The words for a value without fields: `integer from 1 to 1000`, `one of add, remove`.
fn plain(types: &[&str], schema: &Value) -> String {
    let choices: Vec<String> = array(&schema["enum"]).map(text).collect();
    let mut words = match schema["format"].as_str() {
        _ if !choices.is_empty() => format!("one of {}", choices.join(", ")),
        Some("uuid") => "UUID".to_owned(),
        Some("date-time") => "time".to_owned(),
        _ => types.first().copied().unwrap_or("anything").to_owned(),
    };
    for (bound, joint) in [
        ("minimum", " from "),
        ("maximum", " to "),
        ("minLength", ", at least "),
        ("maxLength", ", at most "),
    ] {
        if let Some(number) = schema[bound].as_i64() {
            words += joint;
            words += &number.to_string();
        }
    }
    if types.contains(&"null") {
        words += " or null";
    }
    words
}

/// An example put together from those of the fields; `None` for a shape that has none of its own.
fn example(schema: &Value, document: &Value) -> Option<Value> {
    if let Some(given) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return Some(given.clone());
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return example(&document["components"]["schemas"][name], document);
    }
    if schema["type"] == "array" {
        return Some(Value::Array(example(&schema["items"], document).into_iter().collect()));
    }
    if let Some(word) = schema["enum"].get(0) {
        return Some(word.clone());
    }
    let fields: Map<String, Value> = object(&schema["properties"])
        .filter_map(|(name, field)| Some((name.clone(), example(field, document)?)))
        .collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
