//! One file a call or a phase, and what spans them.

mod apply;
mod attacks;
mod cancel;
mod commit;
mod deadlines;
mod lot;
mod path;
mod post_task;
mod properties;
mod prune;
mod reveal;
mod selection;
mod settlement;
mod views;
mod withdraw_application;
