//! What the task market and the teaching market have in common: both have money on hold for things, tasks or sessions,
//! that wait for heights and are kept for a while once they are finished.
//!
//! | | rule | implemented by |
//! |---|---|---|
//! | [`Escrow`] | how money that is on hold is moved, and written down in a ledger | a private type of each pallet |
//! | [`Lifecycle`] | how many are open, when they are advanced, and how long finished ones are kept | the same |
//! | [`invariants`] | what must hold of both | |
//!
//! Each pallet has its own storage, errors, events and weights, and names them in its implementations. The types are
//! private, so that no other pallet can move its money or its deadlines.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "doubles")]
pub mod doubles;
mod escrow;
pub mod invariants;
mod lifecycle;

pub use escrow::{AccountOf, BalanceOf, Escrow};
pub use lifecycle::{IdleWeights, Lifecycle};
