//! The packs of all groups.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

use tower_sse_codec::Group;

use super::Settings;
use super::pack::Pack;
use crate::sync::Mutex;

type Packs = HashMap<(Group, Settings), Weak<Pack>>;

/// The packs that somebody reads. Asked only by who reads of a group for the first time.
static PACKS: LazyLock<Mutex<Packs>> = LazyLock::new(Mutex::default);

/// The pack of a group, which those share who want the same of it.
pub(crate) fn of(group: Group, settings: Settings) -> Arc<Pack> {
    let mut packs = PACKS.lock();
    let known = packs.get(&(group, settings)).and_then(Weak::upgrade);
    known.unwrap_or_else(|| {
        let pack = Arc::new(Pack::new(group, settings));
        packs.insert((group, settings), Arc::downgrade(&pack));
        pack
    })
}

/// Forgets the pack of a group, unless another has taken its place.
pub(crate) fn forget(group: Group, settings: Settings) {
    let mut packs = PACKS.lock();
    if packs.get(&(group, settings)).is_some_and(|pack| pack.strong_count() == 0) {
        packs.remove(&(group, settings));
    }
}
