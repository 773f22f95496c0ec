//! Praxis.
