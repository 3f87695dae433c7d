//! The compressed forms of a group's events, each made once for all who read it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;
use tower_sse_codec::{Encoded, Group};

use super::alone::Alone;
use super::compressor::{Compressor, Failed, Use};
use super::form::Form;
use super::link::Link;
use super::past::{Older, Past};
use super::sum::Sum;
use super::{Settings, packs};
use crate::sync::Mutex;

/// The compressed forms of a group's events, each made once for all who read it, and kept for a while.
///
/// It lives for as long as somebody reads the group.
pub(crate) struct Pack {
    group: Group,
    settings: Settings,
    state: Mutex<State>,
    /// Who reads what is old holds nobody up who reads what is new.
    past: Mutex<Past>,
}

#[derive(Default)]
struct State {
    /// What makes linked forms, and what makes forms for everyone.
    linking: Option<Compressor>,
    alone: Alone,
    /// The events that were linked last, up to `next`.
    forms: VecDeque<Form>,
    next: u64,
    /// How many bytes they take.
    bytes: usize,
    /// When the last event was linked.
    linked_at: Option<Instant>,
    /// Whether somebody could not read what was linked since the last keyframe.
    is_awaited: bool,
    /// Of all that was linked.
    sum: Sum,
    /// How often something was linked.
    #[cfg(test)]
    calls: usize,
}

/// What a connection gets next.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    Linked { form: &'a Form, is_keyframe: bool },
    Alone { form: &'a Form, bytes: &'a Bytes },
    Older(&'a Older),
}

/// After how many events a keyframe comes, if somebody waits for one. Tests want all to happen soon.
const KEYFRAME: u64 = if cfg!(test) { 8 } else { 50 };

/// After what silence the next event is a keyframe. It is shorter than most keep-alives, so that who
/// got one reads linked forms again at once.
const PAUSE: Duration = Duration::from_secs(10);

/// How many forms are kept, and how many bytes of them.
const KEPT: usize = if cfg!(test) { 24 } else { 1024 };
const KEPT_BYTES: usize = 256 << 10;

impl Pack {
    pub(crate) fn new(group: Group, settings: Settings) -> Self {
        Self { group, settings, state: Mutex::default(), past: Mutex::default() }
    }

    /// Gives the events, of which the first has this number, as they are and in the forms that can be
    /// read over this link.
    pub(crate) fn take(
        &self,
        number: u64,
        events: &Encoded,
        link: &mut Link,
        mut give: impl FnMut(&[u8], Piece<'_>),
    ) -> Result<(), Failed> {
        let end = number + events.events() as u64;
        let (mut next, mut at) = (number, 0);
        let mut state = loop {
            let mut state = self.state.lock();
            if end > state.next || state.forms.is_empty() {
                state.link(number, events, self.settings)?;
            }
            let first = state.first().min(end);
            if next >= first {
                break state;
            }
            state.is_awaited = true;
            drop(state);
            let (from, count) = (at, (first - next) as usize);
            let plain = events.each().skip((next - number) as usize).take(count);
            at += plain.map(<[u8]>::len).sum::<usize>();
            let mut past = self.past.lock();
            let plain = &events.bytes()[from..at];
            give(plain, Piece::Older(past.piece(next, count, plain, self.settings)?));
            link.cut();
            next = first;
        };
        let state = &mut *state;
        let first = state.first();
        for n in next..end {
            let index = (n - first) as usize;
            let Form { keyframe, len, .. } = state.forms[index];
            let plain = &events.bytes()[at..at + len];
            at += len;
            if link.take(n, keyframe) {
                let form = &state.forms[index];
                give(plain, Piece::Linked { form, is_keyframe: n == keyframe });
                continue;
            }
            state.is_awaited = true;
            state.make_alone(index, plain, self.settings)?;
            let form = &state.forms[index];
            give(plain, Piece::Alone { form, bytes: form.alone.as_ref().expect("it was made") });
        }
        state.trim();
        Ok(())
    }

    /// How often something was compressed.
    #[cfg(test)]
    pub(crate) fn calls(&self) -> usize {
        let state = self.state.lock();
        state.calls + state.alone.calls() + self.past.lock().calls()
    }
}

impl State {
    /// The number of the first event that has forms.
    fn first(&self) -> u64 {
        self.next - self.forms.len() as u64
    }

    /// Links those of the events that are not linked yet.
    fn link(&mut self, number: u64, events: &Encoded, settings: Settings) -> Result<(), Failed> {
        let mut linking = match self.linking.take() {
            Some(linking) => linking,
            None => {
                self.forget();
                Compressor::new(settings, Use::Linked)?
            }
        };
        if number > self.next || self.forms.is_empty() {
            // Nobody has read what lies between.
            self.forget();
            self.next = number;
        }
        let now = Instant::now();
        let mut is_keyframe = self.linked_at.is_none_or(|at| now.duration_since(at) >= PAUSE);
        let seen = (self.next - number) as usize;
        for plain in events.each().skip(seen) {
            let last = self.forms.back().map(|form| form.keyframe);
            let is_due = |last: u64| self.is_awaited && self.next - last >= KEYFRAME;
            let last = last.filter(|last| !is_keyframe && !is_due(*last));
            let keyframe = last.unwrap_or(self.next);
            if last.is_none() {
                linking.restart()?;
                self.is_awaited = false;
            }
            is_keyframe = false;
            let apart = if last.is_none() { settings.apart().min(plain.len()) } else { 0 };
            let mut linked = BytesMut::with_capacity(plain.len() / 2 + 64);
            if apart < plain.len() {
                linking.block(&plain[apart..], &mut linked)?;
            }
            #[cfg(test)]
            {
                self.calls += 1;
            }
            let before = self.sum;
            self.sum = settings.sum(before, plain);
            // A copy without the room that was left.
            let linked = Bytes::copy_from_slice(&linked);
            let (len, after) = (plain.len(), self.sum);
            let form = Form { linked, keyframe, apart, alone: None, len, before, after };
            self.bytes += form.size();
            self.forms.push_back(form);
            self.next += 1;
        }
        self.linked_at = Some(now);
        self.linking = Some(linking);
        Ok(())
    }

    fn forget(&mut self) {
        self.forms.clear();
        self.bytes = 0;
    }

    fn make_alone(&mut self, index: usize, plain: &[u8], settings: Settings) -> Result<(), Failed> {
        if self.forms[index].alone.is_none() {
            let alone = self.alone.compress(plain, settings)?;
            self.bytes += alone.len();
            self.forms[index].alone = Some(alone);
        }
        Ok(())
    }

    /// Forgets the oldest forms.
    fn trim(&mut self) {
        while self.forms.len() > KEPT || self.bytes > KEPT_BYTES && self.forms.len() > 1 {
            let Some(form) = self.forms.pop_front() else { return };
            self.bytes -= form.size();
        }
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("group", &self.group).finish_non_exhaustive()
    }
}

impl Drop for Pack {
    fn drop(&mut self) {
        packs::forget(self.group, self.settings);
    }
}
