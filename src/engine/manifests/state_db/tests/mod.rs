//! The client with the process of the built engine.

mod busy;
mod damaged;
mod faulty;
mod interface;
mod killed;
mod sandbox;
mod size;
mod store;
mod tracer;
