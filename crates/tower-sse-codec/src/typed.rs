//! Enums as events: the variant is the name, what it holds is the data.

mod read;
mod write;

pub(crate) use read::join;
pub(crate) use write::split;
