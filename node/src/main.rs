//! Praxis.
fn main() {}
