//! The loops that write to the streams that were taken over.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use mio::event::Event;
use slab::Slab;
use tokio::time::{Instant, Sleep, sleep_until};
use tower_sse_hub::Leap;

use crate::gate::Guest;
use crate::reactor::chunk::Framed;
use crate::reactor::groups::{Groups, Led};
use crate::reactor::inbox::Inbox;
use crate::reactor::line::{Line, Next, Now, Tools};
use crate::reactor::selector::Selector;
use crate::reactor::timers::Timers;
use crate::socket::Socket;
use crate::{BoxError, Takeovers};

mod bell;
mod chunk;
mod groups;
mod inbox;
mod line;
mod selector;
mod timers;

pub(crate) use inbox::Taken;

/// For how long a peer may take nothing of what is to be sent to it.
#[derive(Clone, Copy)]
pub(crate) struct Patience(pub(crate) Option<Duration>);

/// What takes a socket after a stream that has ended, with what the client has sent meanwhile.
pub(crate) type GiveBack = Box<dyn Fn(Socket, Bytes, Guest) + Send>;

/// One loop, as others see it. Without it, the loop ends when nothing is left to do.
pub(crate) struct Reactor<B>(Arc<Inbox<B>>);

/// One loop: a future that writes to all its sockets what their bodies give.
pub(crate) struct Loop<B> {
    inbox: Arc<Inbox<B>>,
    selector: Selector,
    lines: Slab<Line<B>>,
    groups: Groups,
    leaps: VecDeque<Leaping>,
    last_leap: NonZeroU32,
    /// Whom to look after, and room for those who ring.
    queue: VecDeque<u32>,
    rung: Vec<u32>,
    tools: Tools,
    sleep: Pin<Box<Sleep>>,
    takeovers: Takeovers,
    give_back: GiveBack,
}

/// What is to be written to those who were at the same place.
struct Leaping {
    number: NonZeroU32,
    leap: Leap,
    members: Vec<u32>,
    /// The group that they are in afterwards.
    group: usize,
}

/// How many lines are looked after before other tasks have their turn.
const TURN: usize = 256;

/// How often the system is asked what it tells before other tasks have their turn.
const LOOKS: usize = 4;

impl<B> Reactor<B> {
    /// A loop, to be spawned.
    pub(crate) fn new(patience: Patience, takeovers: Takeovers) -> io::Result<(Self, Loop<B>)> {
        let inbox = Arc::<Inbox<B>>::default();
        let tools = Tools {
            hall: Arc::clone(&inbox.hall),
            framed: Framed::default(),
            timers: Timers::default(),
            patience,
        };
        let looping = Loop {
            inbox: Arc::clone(&inbox),
            selector: Selector::new()?,
            lines: Slab::new(),
            groups: Groups::default(),
            leaps: VecDeque::new(),
            last_leap: NonZeroU32::MIN,
            queue: VecDeque::new(),
            rung: Vec::new(),
            tools,
            sleep: Box::pin(sleep_until(Instant::now())),
            takeovers,
            give_back: Box::new(|_, _, _| {}),
        };
        Ok((Self(inbox), looping))
    }

    pub(crate) fn take(&self, taken: Taken<B>) {
        self.0.put(taken);
    }
}

impl<B> Drop for Reactor<B> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<B> Loop<B> {
    /// Who takes the sockets of streams that have ended.
    pub(crate) fn give_back_to(&mut self, give_back: GiveBack) {
        self.give_back = give_back;
    }
}

impl<B> Loop<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Takes in those who have arrived, and tells whether they are the last.
    fn welcome(&mut self) -> bool {
        let (arrived, is_last) = self.inbox.take();
        for taken in arrived {
            let entry = self.lines.vacant_entry();
            if let Err(error) = self.selector.add(&taken.socket, entry.key()) {
                tracing::error!(error = &error as &dyn std::error::Error, "stream ends");
                discard(taken);
                continue;
            }
            let number = u32::try_from(entry.key()).expect("a process has fewer files");
            entry.insert(Line::new(taken));
            self.takeovers.opened();
            self.queue.push_back(number);
        }
        is_last
    }

    /// Looks at what the system tells of the sockets.
    fn look(&mut self, now: Instant, cx: &mut Context<'_>) {
        // Nothing is lost: it tells the rest when it is asked again.
        for _ in 0..LOOKS {
            let Some(events) = self.selector.take(cx) else { return };
            for event in &events {
                self.hear(event, now);
            }
            self.selector.give_back(events);
        }
        cx.waker().wake_by_ref();
    }

    fn hear(&mut self, event: &Event, now: Instant) {
        let key = event.token().0;
        let Some(line) = self.lines.get_mut(key) else { return };
        let is_broken = event.is_error() || event.is_write_closed();
        let is_read = event.is_readable() || event.is_read_closed();
        if is_broken || is_read && line.read().is_err() {
            self.remove(key);
        } else if event.is_writable() && line.is_blocked() {
            line.unblock();
            self.drive(key, now);
        }
    }

    /// Looks after one whose time has come.
    fn expire(&mut self, now: Instant) {
        while let Some((at, key)) = self.tools.timers.pop(now) {
            let Some(line) = self.lines.get_mut(key as usize).filter(|line| line.is_due(at)) else {
                continue;
            };
            line.due = None;
            if line.gives_up(self.tools.patience, now) {
                tracing::debug!("peer takes nothing");
                self.remove(key as usize);
            } else {
                line.wait(self.tools.patience, key, &mut self.tools.timers);
                if !line.puts_off(now, key, &mut self.tools.timers) {
                    self.queue.push_back(key);
                }
            }
        }
        let lines = &self.lines;
        let is_due = |line: &Line<B>, at| line.is_due(at);
        let is_wanted = |at, key| lines.get(key as usize).is_some_and(|line| is_due(line, at));
        self.tools.timers.shrink(lines.len(), is_wanted);
    }

    /// Writes to one what its body gives, for as long as its socket takes it.
    fn drive(&mut self, key: usize, now: Instant) {
        if !self.lines.contains(key) {
            return;
        }
        self.leave(key);
        let line = &mut self.lines[key];
        let mut now = Now { now, key: key as u32, tools: &mut self.tools };
        match line.go_on(&mut now) {
            Next::Idle => self.join(key),
            Next::Wait => {}
            Next::End => self.finish(key),
            Next::Break => self.remove(key),
        }
    }

    /// Has a line wait with others, if it waits for the same.
    fn join(&mut self, key: usize) {
        let line = &mut self.lines[key];
        let Some((stand, pilot)) = line.stand() else { return };
        let (seat, led) = self.groups.join(key as u32, stand, pilot, &self.inbox.hall);
        line.sit(seat);
        self.queue.extend(led);
    }

    /// Has a line wait alone.
    fn leave(&mut self, key: usize) {
        let line = &mut self.lines[key];
        line.leaps = None;
        let Some(seat) = line.seat.take() else { return };
        if let Some(moved) = self.groups.leave(seat) {
            self.lines[moved as usize].seat = Some(seat);
        }
    }

    /// Looks what comes next for a group.
    fn lead(&mut self, group: usize) {
        let number = self.last_leap.checked_add(1).unwrap_or(NonZeroU32::MIN);
        match self.groups.lead(group, number) {
            Led::Nothing => {}
            Led::Other(members) => {
                for &key in &members {
                    self.lines[key as usize].seat = None;
                }
                self.queue.extend(members);
            }
            Led::Leap(leap, members, group) => {
                self.last_leap = number;
                for &key in &members {
                    let line = &mut self.lines[key as usize];
                    (line.seat, line.leaps) = (None, Some(number));
                }
                self.leaps.push_back(Leaping { number, leap, members, group });
            }
        }
    }

    /// Writes to so many of those who were at the same place, and tells how many more could be.
    fn leap(&mut self, now: Instant, mut turns: usize) -> usize {
        while turns > 0 {
            let Some(mut leaping) = self.leaps.pop_front() else { break };
            let before = turns;
            while turns > 0 {
                let Some(key) = leaping.members.pop() else { break };
                turns -= usize::from(self.leap_one(key, &leaping, now));
            }
            self.takeovers.share(before - turns);
            if leaping.members.is_empty() {
                self.groups.dissolve(leaping.group);
                if !leaping.leap.is_last() {
                    // There is more at once.
                    self.queue.extend(self.groups.number(leaping.group));
                }
            } else {
                self.leaps.push_front(leaping);
            }
        }
        turns
    }

    /// Writes to one of those, unless it is gone, or was looked after alone since.
    #[inline]
    fn leap_one(&mut self, number: u32, leaping: &Leaping, now: Instant) -> bool {
        let key = number as usize;
        let Some(line) = self.lines.get_mut(key) else { return false };
        if line.leaps != Some(leaping.number) {
            return false;
        }
        line.leaps = None;
        let mut now = Now { now, key: number, tools: &mut self.tools };
        match line.leap(&leaping.leap, &mut now) {
            Ok(true) => {
                line.seat = self.groups.rejoin(number, leaping.group, leaping.number);
                if line.seat.is_none() {
                    self.join(key);
                }
            }
            Ok(false) => {}
            Err(_) => self.remove(key),
        }
        true
    }

    /// Ends a connection of which nobody is told.
    fn remove(&mut self, key: usize) {
        self.leave(key);
        discard(self.lines.remove(key));
        self.takeovers.closed();
    }

    /// Leaves a connection whose body has ended.
    fn finish(&mut self, key: usize) {
        self.leave(key);
        let line = self.lines.remove(key);
        self.takeovers.closed();
        if line.closes {
            // What fails here has failed for the peer.
            let _ = line.socket.end();
            return;
        }
        if self.selector.remove(&line.socket).is_ok() {
            let unread = line.unread.map(|unread| Bytes::from(*unread)).unwrap_or_default();
            (self.give_back)(line.socket, unread, line.guest);
        }
    }
}

impl<B> Future for Loop<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        // First: who rings or arrives from here on wakes it.
        this.inbox.hall.listen(cx.waker());
        let now = Instant::now();
        let is_last = this.welcome();
        this.look(now, cx);
        this.expire(now);
        this.inbox.hall.take(&mut this.rung);
        this.queue.extend(this.rung.drain(..));
        let mut turns = TURN;
        while turns > 0 {
            turns = this.leap(now, turns);
            let Some(number) = this.queue.pop_front() else { break };
            match Groups::of(number) {
                Some(group) => this.lead(group),
                None => this.drive(number as usize, now),
            }
            turns = turns.saturating_sub(1);
        }
        if !this.queue.is_empty() || !this.leaps.is_empty() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if is_last && this.lines.is_empty() {
            return Poll::Ready(());
        }
        if let Some(next) = this.tools.timers.next() {
            if this.sleep.deadline() != next {
                this.sleep.as_mut().reset(next);
            }
            if this.sleep.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}

/// Drops what is the application's: a panic there is no other's.
fn discard<T>(dropped: T) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(dropped)));
}
