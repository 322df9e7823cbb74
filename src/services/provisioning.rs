//! Making Chatwoot agree with what was asked for.
