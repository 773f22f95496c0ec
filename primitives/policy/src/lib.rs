//! Quantised policies whose judgement is exact.
#![cfg_attr(not(feature = "std"), no_std)]
