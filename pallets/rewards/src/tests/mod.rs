//! One file a subject: the pallet has no calls.

mod on_score;
mod properties;
mod status;
