//! Somebody's authenticator app and the recovery codes on paper.

use localboxs::domain::second_factor::TotpSecret;

use super::{Answer, Client, TestApp};

pub struct Factor {
    secret: String,
    pub recovery: Vec<String>,
}

impl Factor {
    /// Turns a second factor on for whoever is signed in.
    pub async fn turn_on(app: &TestApp, client: &mut Client) -> Self {
        assert_eq!(client.post("/account/second-factor/set-up", &[]).await.status, 303);
        let mut factor = Self::of(&client.get("/account/second-factor").await);
        let page = client.post("/account/second-factor/on", &[("code", &factor.code(app))]).await;
        assert_eq!(page.status, 200, "{}", page.text());
        factor.recovery = page.words("#codes").split(' ').map(str::to_owned).collect();
        factor
    }

    /// What the app learns from the setup page.
    pub fn of(page: &Answer) -> Self {
        Self { secret: page.value_of("#secret"), recovery: Vec::new() }
    }

    /// The secret as the page says it.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    pub fn bytes(&self) -> [u8; 20] {
        let secret = totp_rs::Secret::try_from_base32(self.secret.replace(' ', "")).unwrap();
        secret.as_bytes().try_into().unwrap()
    }

    /// What the app shows now.
    pub fn code(&self, app: &TestApp) -> String {
        TotpSecret::new(self.bytes()).code_at(app.app.now().timestamp()).unwrap()
    }
}

/// Whether some bytes are somewhere in others.
pub fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}
