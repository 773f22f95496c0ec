//! One file a phase, and what spans them.

mod path;
mod settlement;
