//! The tables as SeaORM sees them; private to `db`.

pub mod audit_event;
pub mod demo;
pub mod drift;
pub mod drift_look;
pub mod helpdesk_user;
pub mod helpdesk_user_inbox;
pub mod idempotency_key;
pub mod import;
pub mod import_row;
pub mod installation;
pub mod operation;
pub mod password_link;
pub mod recovery_code;
pub mod session;
pub mod sign_in_failure;
pub mod sign_in_link;
pub mod tenant_override;
pub mod tier_limit;
pub mod tier_limit_version;
pub mod user;
