//! What a service of events may answer.

use futures_core::Stream;
use http::{Response, StatusCode};

use crate::{Item, Sse, SseBody};

/// What a service of events may answer: an [`Sse`]; a `Response<Sse>`, which has a status, headers
/// and extensions to add; or a `Result` of those, whose error is a status or a `Response<()>`.
///
/// This trait is sealed.
pub trait Answer: sealed::Sealed {
    /// The stream of events.
    type Stream: Stream<Item: Item>;

    #[doc(hidden)]
    fn into_response(self) -> Response<SseBody<Self::Stream>>;
}

impl<S> Answer for Sse<S>
where
    S: Stream,
    S::Item: Item,
{
    type Stream = S;

    fn into_response(self) -> Response<SseBody<S>> {
        Sse::into_response(self)
    }
}

impl<S> Answer for Response<Sse<S>>
where
    S: Stream,
    S::Item: Item,
{
    type Stream = S;

    fn into_response(self) -> Response<SseBody<S>> {
        let (own, mut sse) = self.into_parts();
        let offer = sse.offer.take();
        let mut response = sse.into_response();
        if own.status != StatusCode::OK {
            *response.status_mut() = own.status;
        }
        response.headers_mut().extend(own.headers);
        response.extensions_mut().extend(own.extensions);
        if let Some(offer) = offer {
            offer.apply(&mut response);
        }
        response
    }
}

impl<A: Answer> Answer for Result<A, StatusCode> {
    type Stream = A::Stream;

    fn into_response(self) -> Response<SseBody<A::Stream>> {
        self.map_err(|status| {
            let mut response = Response::new(());
            *response.status_mut() = status;
            response
        })
        .into_response()
    }
}

impl<A: Answer> Answer for Result<A, Response<()>> {
    type Stream = A::Stream;

    fn into_response(self) -> Response<SseBody<A::Stream>> {
        match self {
            Ok(answer) => answer.into_response(),
            Err(response) => response.map(|()| SseBody::default()),
        }
    }
}

mod sealed {
    use super::*;

    pub trait Sealed {}

    impl<S: Stream<Item: Item>> Sealed for Sse<S> {}
    impl<S: Stream<Item: Item>> Sealed for Response<Sse<S>> {}
    impl<A: Sealed> Sealed for Result<A, StatusCode> {}
    impl<A: Sealed> Sealed for Result<A, Response<()>> {}
}
