use localboxs::chatwoot::{Chatwoot, Deadlines, Installation};
use localboxs::domain::ids::ChatwootAccountId;

/// How to reach an installation.
#[derive(Clone)]
pub struct Keys {
    pub origin: String,
    pub account: i64,
    pub account_key: String,
    pub platform_key: String,
}

impl Keys {
    pub fn installation(&self) -> Installation {
        Installation {
            origin: self.origin.parse().unwrap(),
            account: ChatwootAccountId(self.account),
            account_key: self.account_key.clone().into(),
            platform_key: Some(self.platform_key.clone().into()),
        }
    }

    pub fn client(&self) -> Chatwoot {
        // The second to install a provider in this process is refused, and the first serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        Chatwoot::new(self.installation(), Deadlines::default()).unwrap()
    }
}
