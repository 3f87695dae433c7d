//! What a stream of events may yield.

use std::any::Any;
use std::convert::Infallible;

use futures_core::Stream;
use tower_sse_codec::{Encoded, Event, Lagged};

/// What a stream of events may yield: an [`Event`], an [`Encoded`], or a `Result` of either.
///
/// This trait is sealed.
pub trait Item: sealed::Sealed {
    /// The error that ends the stream: anything that turns into a boxed error, a `String` too.
    type Error: Into<BoxError> + 'static;

    #[doc(hidden)]
    fn into_block(self) -> Result<Block, Self::Error>;
}

/// The error that a stream `S` of events may yield; [`Infallible`] if it yields none.
pub type StreamError<S> = <<S as Stream>::Item as Item>::Error;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whether a stream says by this error that its reader is too slow: by [`Lagged`], or a box of it.
pub(crate) fn is_lagged<E: Any>(error: &E) -> bool {
    let error: &dyn Any = error;
    error.is::<Lagged>()
        || error.downcast_ref::<BoxError>().is_some_and(|error| error.is::<Lagged>())
}

/// What is to be written: to be encoded yet, or encoded and shared.
pub enum Block {
    Event(Event),
    Encoded(Encoded),
}

impl Block {
    /// How many events it is.
    pub(crate) fn events(&self) -> usize {
        match self {
            Self::Event(_) => 1,
            Self::Encoded(encoded) => encoded.events(),
        }
    }
}

impl From<Event> for Block {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl From<Encoded> for Block {
    fn from(encoded: Encoded) -> Self {
        Self::Encoded(encoded)
    }
}

impl Item for Event {
    type Error = Infallible;

    fn into_block(self) -> Result<Block, Infallible> {
        Ok(self.into())
    }
}

impl Item for Encoded {
    type Error = Infallible;

    fn into_block(self) -> Result<Block, Infallible> {
        Ok(self.into())
    }
}

impl<T: Into<Block> + sealed::Sealed, E: Into<BoxError> + 'static> Item for Result<T, E> {
    type Error = E;

    fn into_block(self) -> Result<Block, E> {
        self.map(Into::into)
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Event {}
    impl Sealed for super::Encoded {}
    impl<T: Sealed, E> Sealed for Result<T, E> {}
}
