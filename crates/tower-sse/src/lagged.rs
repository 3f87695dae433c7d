//! How a stream says that its reader is too slow.

use std::any::Any;
use std::error::Error;
use std::fmt;

use crate::item::BoxError;

/// The error of a stream that ends since its reader is too slow: such an end has a
/// [reason](crate::Reason) of its own.
///
/// A stream says so by this error itself, or by a box of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lagged;

impl Lagged {
    pub(crate) fn is<E: Any>(error: &E) -> bool {
        let error: &dyn Any = error;
        error.is::<Self>()
            || error.downcast_ref::<BoxError>().is_some_and(|error| error.is::<Self>())
    }
}

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reader is too slow")
    }
}

impl Error for Lagged {}
