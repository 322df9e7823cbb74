//! The address an agent will get, before it is created.

use askama::Template;

/// A name and the address it leads to; none while the name is not usable.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p class="preview" id="email-preview">{% if let Some(address) = address %}{{ name }} will sign in as <strong class="address">{{ address }}</strong>{% else %}The sign-in e-mail is made from yours and the agent's name.{% endif %}</p>"#
)]
pub struct AddressPreview {
    pub name: String,
    pub address: Option<String>,
}
