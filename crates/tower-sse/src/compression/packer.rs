//! What compresses the stream of one connection.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tower_sse_codec::{Encoded, Group, Membership};

use super::compressor::{Compressor, Failed, Use};
use super::link::Link;
use super::output::Output;
use super::pack::{Pack, Piece};
use super::wire::{Part, Wire};
use super::{Settings, packs};
use crate::frame::{LIMIT, Sink};
use crate::item::Block;

/// What compresses the stream of one connection: blocks go in, and frames come out.
///
/// What is shared comes from the [`Pack`] of its group, and what is said to this connection alone in
/// between is not compressed, nor is another event or two. All other events go through a compressor of
/// its own, which is there for as long as it is needed.
pub(crate) struct Packer {
    settings: Settings,
    wire: Wire,
    shared: Shared,
    own: Option<Box<Compressor>>,
    out: Output,
    /// What is for the own compressor, when the frame is done.
    plain: BytesMut,
    /// Whether something shared came since the last events that were not.
    follows_shared: bool,
    /// How many bytes went into this frame.
    taken: usize,
    failed: Option<Failed>,
}

/// What is read of a group.
enum Shared {
    /// Nothing yet.
    Open,
    /// A group, after as many others.
    Of {
        group: Group,
        pack: Arc<Pack>,
        link: Link,
        others: u8,
        /// How often it was read again.
        times: u32,
    },
    /// Nothing: there are several.
    Never,
}

/// How many groups may follow each other, as when a log begins anew. Several topics soon have more.
const GROUPS: u8 = 3;

/// After how many times a group is read those before it are forgotten.
const STAYS: u32 = 50;

/// Up to which size, in bytes, something between what is shared is not worth a compressor.
const BETWEEN: usize = 1024;

impl Packer {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            wire: Wire::new(settings.encoding),
            shared: if settings.shares() { Shared::Open } else { Shared::Never },
            own: None,
            out: Output::default(),
            plain: BytesMut::new(),
            follows_shared: false,
            taken: 0,
            failed: None,
        }
    }

    /// Adds what is said to this connection alone.
    pub(crate) fn push_private(&mut self, bytes: &[u8]) {
        self.taken += bytes.len();
        if self.own.is_some() || !self.plain.is_empty() || !self.settings.shares() {
            return self.plain.extend_from_slice(bytes);
        }
        self.stored(bytes);
    }

    fn stored(&mut self, bytes: &[u8]) {
        self.wire.stored(bytes, &mut self.out);
        if let Shared::Of { link, .. } = &mut self.shared {
            link.cut();
        }
    }

    /// The bytes of a frame, and how many went into it; with the end of all, if this is it.
    pub(crate) fn finish(&mut self, is_end: bool) -> Result<(Bytes, usize), Failed> {
        self.compress();
        if is_end {
            match &mut self.own {
                Some(own) => own.end(self.out.joined()),
                None if !self.settings.shares() => {
                    // Nothing is a stream as well.
                    Compressor::new(self.settings, Use::Own)?.end(self.out.joined());
                }
                None => {}
            }
            self.wire.end(&mut self.out);
        }
        match self.failed.take() {
            Some(failed) => Err(failed),
            None => Ok((self.out.take(), std::mem::take(&mut self.taken))),
        }
    }

    /// As if the compressor had failed.
    #[cfg(test)]
    pub(crate) fn fail(&mut self) {
        self.failed = Some(Failed::new("as the test says"));
    }

    fn push_shared(&mut self, number: u64, events: &Encoded) {
        self.compress();
        if self.failed.is_some() {
            return;
        }
        self.own = None;
        self.follows_shared = true;
        let Shared::Of { pack, link, .. } = &mut self.shared else { return };
        let (wire, out) = (&mut self.wire, &mut self.out);
        let taken = pack.take(number, events, link, |plain, piece| match piece {
            Piece::Linked { form, is_keyframe } => {
                let (part, apart) =
                    if is_keyframe { (Part::Opens, form.apart) } else { (Part::More, 0) };
                if apart > 0 {
                    wire.stored(&plain[..apart], out);
                }
                if !form.linked.is_empty() {
                    wire.begin(part, out);
                    out.push(&form.linked);
                }
                wire.add_shared(form.before, form.after);
            }
            // What comes behind linked forms without being linked, as when a reader was too slow: the
            // next is linked, or compressed.
            _ if wire.is_open() => wire.stored(plain, out),
            Piece::Alone { form, bytes } => {
                wire.begin(Part::Whole, out);
                out.push(bytes);
                wire.add_shared(form.before, form.after);
            }
            Piece::Older(older) => {
                wire.begin(Part::Whole, out);
                out.push(&older.bytes);
                wire.add_sum(older.sum);
            }
        });
        self.failed = taken.err();
    }

    /// Whether events of this group are read from its pack.
    fn joins(&mut self, group: Group) -> bool {
        let others = match &mut self.shared {
            Shared::Of { group: same, others, times, .. } if *same == group => {
                *times = times.saturating_add(1);
                if *times > STAYS {
                    *others = 0;
                }
                return true;
            }
            Shared::Of { others, .. } => *others + 1,
            Shared::Open => 0,
            Shared::Never => return false,
        };
        self.wire.end_run();
        if others >= GROUPS {
            self.shared = Shared::Never;
            return false;
        }
        let pack = packs::of(group, self.settings);
        self.shared = Shared::Of { group, pack, link: Link::default(), others, times: 0 };
        true
    }

    /// Sends what was gathered through the own compressor.
    fn compress(&mut self) {
        if !self.plain.is_empty() && self.failed.is_none() {
            self.failed = self.try_compress().err();
        }
    }

    fn try_compress(&mut self) -> Result<(), Failed> {
        let plain = std::mem::take(&mut self.plain);
        if std::mem::take(&mut self.follows_shared) && plain.len() <= BETWEEN {
            self.stored(&plain);
            return Ok(());
        }
        let mut plain = &*plain;
        let part = if self.own.is_some() { Part::More } else { Part::Opens };
        if self.own.is_none() {
            self.own = Some(Box::new(Compressor::new(self.settings, Use::Own)?));
            if self.wire.is_open() {
                // More than a little: a rest is left.
                let (apart, rest) = plain.split_at(self.settings.apart());
                self.wire.stored(apart, &mut self.out);
                plain = rest;
            }
        }
        let Some(own) = &mut self.own else { return Ok(()) };
        self.wire.begin(part, &mut self.out);
        own.block(plain, self.out.joined())?;
        self.wire.add(plain);
        if let Shared::Of { link, .. } = &mut self.shared {
            link.cut();
        }
        Ok(())
    }
}

impl Sink for Packer {
    fn push(&mut self, block: Block) {
        let encoded = match block {
            Block::Event(event) => {
                let before = self.plain.len();
                event.encode(&mut self.plain);
                self.taken += self.plain.len() - before;
                return;
            }
            Block::Encoded(encoded) => encoded,
        };
        match encoded.membership() {
            Some(Membership::Shared(group, number)) if self.joins(group) => {
                self.taken += encoded.bytes().len();
                self.push_shared(number, &encoded);
            }
            Some(Membership::Private) => self.push_private(encoded.bytes()),
            _ => {
                self.taken += encoded.bytes().len();
                self.plain.extend_from_slice(encoded.bytes());
            }
        }
    }

    fn is_full(&self) -> bool {
        self.taken >= LIMIT || self.failed.is_some()
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("settings", &self.settings).finish_non_exhaustive()
    }
}
