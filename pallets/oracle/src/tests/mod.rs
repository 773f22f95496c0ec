//! What users of the oracle rely on.

mod extension;
mod finish;
mod genesis;
mod properties;
mod records;
mod submit;
