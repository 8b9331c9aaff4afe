//! What others than Python open: elsewhere than on Linux nobody tells.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::process::opened::Opened;

/// There is none.
#[derive(Debug)]
pub enum Openings {}

impl Openings {
    /// Nothing can be watched.
    pub fn prepare() -> Option<Self> {
        None
    }

    /// Where the program asks, and is answered.
    pub fn address(&self) -> [String; 2] {
        match *self {}
    }

    /// What there is to wait for.
    pub fn sources(&self) -> Vec<BorrowedFd<'_>> {
        match *self {}
    }

    /// How long what comes may lie.
    pub fn patience(&self) -> Option<Duration> {
        match *self {}
    }

    /// Does what there is to do.
    pub fn attend(&mut self) {
        match *self {}
    }

    /// What was opened.
    pub fn finish(&mut self) -> Opened {
        match *self {}
    }
}
