//! One file a call, and what spans them.

mod author_set;
mod deregister;
mod genesis;
mod marks;
mod operators;
mod properties;
mod register_author;
mod register_worker;
mod withdraw_bond;
mod withdraw_worker;
mod worker_properties;
