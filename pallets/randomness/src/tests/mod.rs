//! One file a subject: the pallet has no calls.

mod beacons;
mod claims;
mod current_author;
mod genesis;
mod properties;
mod timestamp;
