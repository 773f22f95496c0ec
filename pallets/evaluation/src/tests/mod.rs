mod jobs;
mod properties;
mod turns;
mod weight;
