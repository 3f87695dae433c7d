//! The response type of an adapter.

/// Defines an adapter's own `Sse`: a [`Sse`](crate::Sse) that the adapter may implement its
/// framework's trait for, with the same methods.
#[doc(hidden)]
#[macro_export]
macro_rules! host_response {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[must_use = "an Sse does nothing until it is returned"]
        pub struct $name<S>($crate::Sse<S>)
        where
            S: $crate::Stream,
            S::Item: $crate::Item;

        impl<S> $name<S>
        where
            S: $crate::Stream,
            S::Item: $crate::Item,
        {
            #[doc = "As [`tower_sse::Sse::new`]: sends the events of `stream`."]
            pub fn new(stream: S) -> Self {
                Self($crate::Sse::new(stream))
            }

            #[doc = "As [`tower_sse::Sse::no_content`]: stops an `EventSource` for good."]
            pub fn no_content() -> Self {
                Self($crate::Sse::no_content())
            }

            #[doc = "As [`tower_sse::Sse::refused`]: the answer to a request that is not let in."]
            pub fn refused(refusal: $crate::Refusal) -> Self {
                Self($crate::Sse::refused(refusal))
            }

            #[doc = "As [`tower_sse::Sse::with_keep_alive`]: what is sent in silence."]
            pub fn with_keep_alive(self, keep_alive: $crate::KeepAlive) -> Self {
                Self(self.0.with_keep_alive(keep_alive))
            }

            #[doc = "As [`tower_sse::Sse::without_keep_alive`]: nothing is sent in silence."]
            pub fn without_keep_alive(self) -> Self {
                Self(self.0.without_keep_alive())
            }

            #[doc = "As [`tower_sse::Sse::with_retry`]: when the client may reconnect."]
            pub fn with_retry(self, retry: ::core::time::Duration) -> Self {
                Self(self.0.with_retry(retry))
            }

            #[doc = "As [`tower_sse::Sse::with_window`]: a rest after each frame."]
            pub fn with_window(self, window: ::core::time::Duration) -> Self {
                Self(self.0.with_window(window))
            }

            #[doc = "As [`tower_sse::Sse::with_permit`]: holds it until the body is dropped."]
            pub fn with_permit(self, permit: $crate::Permit) -> Self {
                Self(self.0.with_permit(permit))
            }

            #[doc = "As [`tower_sse::Sse::with_lifetime`]: ends the stream after this time."]
            pub fn with_lifetime(self, lifetime: ::core::time::Duration) -> Self {
                Self(self.0.with_lifetime(lifetime))
            }

            #[doc = "As [`tower_sse::Sse::with_compression`]: compresses it if the client takes that."]
            pub fn with_compression(
                self,
                compression: &$crate::Compression,
                request: &$crate::http::HeaderMap,
            ) -> Self {
                Self(self.0.with_compression(compression, request))
            }

            #[doc = "As [`tower_sse::Sse::finite`]: a drain lets it end by itself."]
            pub fn finite(self) -> Self {
                Self(self.0.finite())
            }

            #[doc = "As [`tower_sse::Sse::on_error`]: sees the error that ends the stream."]
            pub fn on_error<F>(self, on_error: F) -> Self
            where
                F: FnOnce($crate::StreamError<S>) -> Option<$crate::Event> + Send + 'static,
            {
                Self(self.0.on_error(on_error))
            }
        }

        impl<S> From<$crate::Sse<S>> for $name<S>
        where
            S: $crate::Stream,
            S::Item: $crate::Item,
        {
            fn from(sse: $crate::Sse<S>) -> Self {
                Self(sse)
            }
        }
    };
}
