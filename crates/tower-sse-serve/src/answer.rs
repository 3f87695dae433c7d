//! What hyper is given of a response.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body that hyper is given.
    #[project = AnswerProj]
    pub(crate) enum Answer<B> {
        /// The whole of it: hyper writes it.
        Kept {
            #[pin]
            body: B,
        },
        /// Nothing, for ever: hyper writes the head, and somebody else the body.
        Away { phase: Arc<Phase> },
    }
}

/// How far hyper is with a response whose body is not its own.
#[derive(Default)]
pub(crate) struct Phase(AtomicU8);

/// It has no such response, or has not asked for the body of it.
const BEFORE: u8 = 0;
/// It has the head in its buffer, since it has asked for the body.
const ASKED: u8 = 1;
/// It has written all it has.
const FLUSHED: u8 = 2;

impl Phase {
    fn asked(&self) {
        // It asks again and again.
        let _ = self.0.compare_exchange(BEFORE, ASKED, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(crate) fn flushed(&self) {
        let _ = self.0.compare_exchange(ASKED, FLUSHED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether the head, and all that was before it, is out.
    pub(crate) fn is_flushed(&self) -> bool {
        self.0.load(Ordering::Relaxed) == FLUSHED
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project() {
            AnswerProj::Kept { body } => body.poll_frame(cx),
            AnswerProj::Away { phase } => {
                phase.asked();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Kept { body } => body.is_end_stream(),
            Self::Away { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Kept { body } => body.size_hint(),
            Self::Away { .. } => SizeHint::default(),
        }
    }
}
