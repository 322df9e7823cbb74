//! The rules, pure: values in, values out. No I/O, no clock, nothing from the layers above.

pub mod agent;
pub mod agent_email;
pub mod breaker;
pub mod browser;
pub mod connection;
pub mod drift;
pub mod entitlement;
pub mod guessable;
pub mod hex;
pub mod ids;
pub mod import;
pub mod inbox;
pub mod limit_change;
pub mod limit_value;
pub mod limits;
pub mod network;
pub mod password;
pub mod person_name;
pub mod provisioning;
pub mod search;
pub mod second_factor;
pub mod sheet;
pub mod sign_in_link;
pub mod steps;
pub mod tier;
pub mod user;
