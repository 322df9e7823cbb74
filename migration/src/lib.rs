//! Schema changes, oldest first.
