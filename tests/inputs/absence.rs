//! What was not there counts too.
