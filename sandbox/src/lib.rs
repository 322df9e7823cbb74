//! A faithful Chatwoot over real HTTP.
