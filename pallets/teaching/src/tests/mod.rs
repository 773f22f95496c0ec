//! One file a phase, and what spans them.

mod attacks;
mod audit;
mod classifiers;
mod deadlines;
mod disputes;
mod holdout;
mod lessons;
mod opening;
mod path;
mod properties;
mod settlement;
mod views;
