//! Publishing and lookup, then one file a step of a sale, and what spans them.

mod deadlines;
mod disputes;
mod offers;
mod properties;
mod publish;
mod sales;
mod share;
mod similar;
