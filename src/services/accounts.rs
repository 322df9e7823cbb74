//! Signing in and the people who may.
