//! Helpdesk Setup for LocalBoxs: tenants create and manage their own Chatwoot agents.
//!
//! One direction: `web` and `worker` call `services`; `services` call `db` and `chatwoot`;
//! all of them speak in `domain` types. Nothing calls upward.

pub mod app;
pub mod chatwoot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod metrics;
pub mod seal;
pub mod server;
pub mod services;
pub mod telemetry;
pub mod trace;
pub mod web;
pub mod worker;

use mimalloc::MiMalloc;

/// A request makes hundreds of small allocations on several threads; the system's allocator took a third longer.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
