//! One file a call, and what spans them.

mod author_set;
mod deregister;
mod genesis;
mod properties;
mod register_author;
mod withdraw_bond;
