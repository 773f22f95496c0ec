//! One file a call or a phase, and what spans them.

mod path;
