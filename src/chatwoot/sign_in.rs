//! The address with which a person is signed in to Chatwoot, for five minutes and once.

use std::fmt;

use serde::Deserialize;
use url::Url;

use super::wire;

/// An address that signs in whoever opens it; it cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInUrl(Url);

#[derive(Deserialize)]
struct Login {
    url: String,
}

impl SignInUrl {
    /// For the one answer that leads there.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }

    /// Its origin is the address that Chatwoot has for browsers, which may differ from the one it has for us.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let login: Login = wire::json(body)?;
        let url = Url::parse(&login.url).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let nameless = url.username().is_empty() && url.password().is_none();
        let signs_in = url.query_pairs().any(|(name, value)| name == "sso_auth_token" && !value.is_empty());
        (web && nameless && signs_in).then_some(Self(url))
    }
}

impl fmt::Debug for SignInUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<SignInUrl> {
        SignInUrl::read(serde_json::json!({ "url": url }).to_string().as_bytes())
    }

    #[test]
    fn only_a_web_address_that_signs_in_is_believed() {
        let url = "https://chat.example/app/login?email=a%2Bb%40c.example&sso_auth_token=00ff";
        let read_back = read(url).unwrap();
        assert_eq!(read_back.reveal(), url);
        assert_eq!(format!("{read_back:?}"), "SignInUrl(…)");
        for wrong in [
            "javascript:alert(1)//sso_auth_token=1",
            "data:text/html,x?sso_auth_token=1",
            "/app/login?sso_auth_token=1",
            "https://chat.example/app/login",
            "https://chat.example/app/login?sso_auth_token=",
            "https://me:secret@chat.example/app/login?sso_auth_token=1",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(SignInUrl::read(b"{}"), None);
        assert_eq!(SignInUrl::read(br#"{"url":null}"#), None);
    }
}
