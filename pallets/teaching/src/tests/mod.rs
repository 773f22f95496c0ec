//! One file a phase, and what spans them.

mod attacks;
mod audit;
mod classifiers;
mod deadlines;
mod disputes;
mod handing;
mod holdout;
mod lessons;
mod opening;
mod path;
mod pool;
mod properties;
mod settlement;
mod trainer_attacks;
mod training;
mod views;
