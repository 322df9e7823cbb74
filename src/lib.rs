//! Helpdesk Setup for LocalBoxs.
