//! An `http_body::Body` as a body of actix.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use http_body::Body;
use pin_project_lite::pin_project;

pin_project! {
    /// An [`http_body::Body`] as a [`MessageBody`].
    #[derive(Debug)]
    pub struct HostBody<B> {
        #[pin]
        pub(crate) body: B,
    }
}

impl<B> MessageBody for HostBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        match self.body.size_hint().exact() {
            _ if self.body.is_end_stream() => BodySize::Sized(0),
            Some(len) => BodySize::Sized(len),
            None => BodySize::Stream,
        }
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            let frame = ready!(self.as_mut().project().body.poll_frame(cx));
            match frame.transpose().map_err(|error| error.into() as Self::Error)? {
                None => return Poll::Ready(None),
                Some(frame) => match frame.into_data() {
                    // An empty chunk would end the response.
                    Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(data))),
                    _ => {}
                },
            }
        }
    }
}
