//! One stream that was taken over.

use std::io;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use bytes::{Buf, Bytes};
use http_body::Body;
use tokio::time::Instant;
use tower_sse::{Slot, poll_timed};
use tower_sse_hub::{Leap, Pilot, Stand, Subscription};

use super::bell::{Bell, Hall};
use super::chunk::{Framed, Rest};
use super::groups::Seat;
use super::timers::{Due, Timers};
use super::{Patience, Taken, discard};
use crate::BoxError;
use crate::gate::Guest;
use crate::socket::Socket;

/// One stream that was taken over.
pub(super) struct Line<B> {
    pub(super) socket: Socket,
    /// None after its end.
    body: Option<Pin<Box<B>>>,
    /// What is under the body, if nothing is between.
    slot: Option<Arc<Slot<Subscription>>>,
    /// Where it waits with others.
    pub(super) seat: Option<Seat>,
    /// Which leap it takes part in, if its turn is yet to come.
    pub(super) leaps: Option<NonZeroU32>,
    /// What the socket has not taken yet.
    stuck: Option<Box<Stuck>>,
    /// When it is looked after at the latest.
    pub(super) due: Option<Due>,
    /// None where nobody but a group wakes it.
    bell: Option<Arc<Bell>>,
    #[expect(clippy::box_collection, reason = "hardly any has one, and each would pay for it")]
    pub(super) unread: Option<Box<Vec<u8>>>,
    pub(super) closes: bool,
    pub(super) guest: Guest,
}

/// What a socket has not taken yet.
struct Stuck {
    /// The rest of one chunk.
    rest: Rest,
    /// Since when it takes nothing.
    since: Option<Instant>,
}

/// What becomes of a stream.
pub(super) enum Next {
    /// It waits for its body.
    Idle,
    /// It waits for its socket, or for its turn.
    Wait,
    /// It has ended, and all is written.
    End,
    /// It is broken.
    Break,
}

/// What a loop gives to one of its streams.
pub(super) struct Now<'a> {
    pub(super) now: Instant,
    pub(super) key: u32,
    pub(super) tools: &'a mut Tools,
}

/// What all streams of a loop use.
pub(super) struct Tools {
    pub(super) hall: Arc<Hall>,
    pub(super) framed: Framed,
    pub(super) timers: Timers,
    pub(super) patience: Patience,
}

/// After how many bytes others have their turn.
const TURN: usize = 64 * 1024;

/// How much is kept of what a client sends that is not to send anything.
const UNREAD: usize = 8 * 1024;

impl<B> Line<B> {
    pub(super) fn new(taken: Taken<B>) -> Self {
        let Taken { socket, body, slot, unread, closes, guest } = taken;
        Self {
            socket,
            body: Some(body),
            slot,
            seat: None,
            leaps: None,
            stuck: None,
            due: None,
            bell: None,
            unread: (!unread.is_empty()).then(|| Box::new(unread.into())),
            closes,
            guest,
        }
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.stuck.as_ref().is_some_and(|stuck| stuck.since.is_some())
    }

    /// The socket may take something.
    pub(super) fn unblock(&mut self) {
        if let Some(stuck) = &mut self.stuck {
            stuck.since = None;
        }
    }

    /// Waits with others, and is woken with them: by itself only if somebody else has what does so.
    pub(super) fn sit(&mut self, seat: Seat) {
        self.seat = Some(seat);
        self.bell.take_if(|bell| Arc::strong_count(bell) == 1);
    }

    pub(super) fn is_due(&self, at: Due) -> bool {
        self.due == Some(at)
    }

    /// Tries a last time to write when the time of its peer is over, and tells whether to give it up.
    pub(super) fn gives_up(&mut self, patience: Patience, now: Instant) -> bool {
        if self.patient_until(patience).is_none_or(|until| until > now) {
            return false;
        }
        // The system tells of room when there is a lot, for which one who is slow takes long.
        let takes = self.stuck.as_mut().is_some_and(|stuck| stuck.rest.goes_on(&self.socket));
        if takes {
            self.unblock();
        }
        !takes
    }

    /// Has it looked after when its peer is to be given up.
    pub(super) fn wait(&mut self, patience: Patience, key: u32, timers: &mut Timers) {
        if let Some(until) = self.patient_until(patience) {
            self.look_after(until, key, timers);
        }
    }

    /// Has it looked after later, if it waits with others, and its body has nothing to do by now since
    /// they were written to meanwhile.
    pub(super) fn puts_off(&mut self, now: Instant, key: u32, timers: &mut Timers) -> bool {
        let slot = self.slot.as_ref().filter(|_| self.seat.is_some());
        let due = slot.and_then(|slot| slot.look().due()).filter(|due| *due > now);
        if let Some(due) = due {
            self.look_after(due, key, timers);
        }
        due.is_some()
    }

    fn patient_until(&self, Patience(limit): Patience) -> Option<Instant> {
        self.stuck.as_ref()?.since?.checked_add(limit?)
    }

    fn look_after(&mut self, at: Instant, key: u32, timers: &mut Timers) {
        let at = timers.due(at);
        // What is put off is looked after in vain once, and costs nothing until then.
        if self.due.is_none_or(|due| at < due) {
            self.due = Some(at);
            timers.push(at, key);
        }
    }

    /// Reads what the client sends, which is nothing as a rule: an error says that it is gone.
    pub(super) fn read(&mut self) -> io::Result<()> {
        let mut bytes = [0; 1024];
        while self.unread.as_ref().is_none_or(|unread| unread.len() < UNREAD) {
            match self.socket.read(&mut bytes) {
                // It has sent another request before: it may wait for the answer to that.
                Ok(0) if self.unread.is_some() => return Ok(()),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    let unread = self.unread.get_or_insert_default();
                    unread.extend_from_slice(&bytes[..read]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<B> Line<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Writes what the body gives, for as long as the socket takes it.
    pub(super) fn go_on(&mut self, now: &mut Now<'_>) -> Next {
        if let Some(bell) = &self.bell {
            bell.hush();
        }
        if self.is_blocked() {
            return Next::Wait;
        }
        if let Some(stuck) = self.stuck.take() {
            let rest = stuck.rest.after(&self.socket);
            match rest {
                Ok(None) => {}
                Ok(Some(rest)) => return self.block(rest, now),
                Err(_) => return Next::Break,
            }
        }
        let mut given = 0;
        while given < TURN {
            let Some(body) = self.body.take() else { return Next::End };
            let data = match self.poll(body, now) {
                Ok(Poll::Ready(data)) => data,
                Ok(Poll::Pending) => return Next::Idle,
                Err(Broken) => return Next::Break,
            };
            given += data.len();
            match now.tools.framed.write(&data, &self.socket) {
                Ok(None) => {}
                Ok(Some(rest)) => return self.block(rest, now),
                Err(_) => return Next::Break,
            }
        }
        self.bell(now).wake_by_ref();
        Next::Wait
    }

    /// At which place it waits, and who reads on from there, if others may wait there as well.
    pub(super) fn stand(&mut self) -> Option<(Stand, impl FnOnce() -> Pilot + use<'_, B>)> {
        let slot = self.slot.as_ref()?;
        let stand = slot.look().stream()?.stand()?;
        let pilot = move || slot.look().stream().expect("it was there").pilot(stand);
        Some((stand, pilot))
    }

    /// Writes what was found at its place for all who are there, and tells whether it waits again.
    pub(super) fn leap(&mut self, leap: &Leap, now: &mut Now<'_>) -> Result<bool, Broken> {
        let slot = self.slot.as_ref().expect("only those leap who have one");
        let data = leap.bytes();
        let mut lent = slot.look();
        lent.stream().expect("it was not asked since it was there").leap(leap);
        lent.sent(leap.events(), data.len(), now.now);
        drop(lent);
        match now.tools.framed.write(data, &self.socket) {
            Ok(None) => Ok(true),
            Ok(Some(rest)) => {
                self.block(rest, now);
                Ok(false)
            }
            Err(_) => Err(Broken),
        }
    }

    #[cold]
    fn block(&mut self, rest: Rest, now: &mut Now<'_>) -> Next {
        self.stuck = Some(Box::new(Stuck { rest, since: Some(now.now) }));
        self.wait(now.tools.patience, now.key, &mut now.tools.timers);
        Next::Wait
    }

    fn bell(&mut self, now: &Now<'_>) -> &Arc<Bell> {
        self.bell.get_or_insert_with(|| Arc::new(Bell::new(&now.tools.hall, now.key)))
    }

    /// What the body gives next: nothing when it has ended.
    fn poll(&mut self, mut body: Pin<Box<B>>, now: &mut Now<'_>) -> Result<Poll<Bytes>, Broken> {
        let waker = Waker::from(Arc::clone(self.bell(now)));
        loop {
            let (waker, slot, time) = (&waker, self.slot.take(), now.now);
            // Both are dropped while it panics, as in a task of its own.
            let polled = catch_unwind(AssertUnwindSafe(move || {
                let mut cx = Context::from_waker(waker);
                let polled = poll_timed(time, waker, || body.as_mut().poll_frame(&mut cx));
                (body, slot, polled)
            }));
            let (frame, next);
            (body, self.slot, (frame, next)) = polled.map_err(|_| Broken)?;
            match frame {
                Poll::Pending => {
                    self.body = Some(body);
                    if let Some(next) = next {
                        self.look_after(next, now.key, &mut now.tools.timers);
                    }
                    return Ok(Poll::Pending);
                }
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers were announced to nobody.
                    let Ok(mut data) = frame.into_data() else { continue };
                    let data = data.copy_to_bytes(data.remaining());
                    if !data.is_empty() {
                        // Whoever changes what the body gives is asked for all of it.
                        self.slot = self.slot.take().filter(|slot| slot.look().gave(&data));
                        self.body = Some(body);
                        return Ok(Poll::Ready(data));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    let error = error.into();
                    tracing::debug!(error = &*error as &dyn std::error::Error, "body breaks off");
                    discard(body);
                    return Err(Broken);
                }
                Poll::Ready(None) => {
                    discard(body);
                    return Ok(Poll::Ready(Bytes::new()));
                }
            }
        }
    }
}

/// A body has panicked, or broken off.
pub(super) struct Broken;
