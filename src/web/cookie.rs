//! Reading and writing the few cookies that we have.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::app::App;

/// The value of the cookie with this name.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The name of the session cookie, which on HTTPS binds it to this very host.
pub fn session_name(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-localboxs" } else { "localboxs" }
}

/// A `Set-Cookie` value that scripts cannot read; `max_age` 0 removes the cookie.
pub fn set(app: &App, name: &str, value: &str, max_age: u32) -> Option<HeaderValue> {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).ok()
}
