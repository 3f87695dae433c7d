//! Finding the stream, or making it.

use async_nats::jetstream::ErrorCode;
use tower_sse_hub::log::Opened;

use crate::api::{Api, Info};
use crate::audit;
use crate::fault::Fault;
use crate::settings::Settings;
use crate::stored::mark;

/// How often one looks again when the stream was trimmed while it was looked at.
const ATTEMPTS: usize = 5;

/// What the stream is, and when it was made: by this it is told from another of its name.
pub(crate) async fn open(api: &Api, settings: &Settings) -> Result<(Opened, String), Fault> {
    if !api.connection.client.is_server_compatible(2, 9, 0) {
        return Err(Fault::Unusable("server is older than 2.9".into()));
    }
    for _ in 0..ATTEMPTS {
        let info = find(api, settings).await?;
        audit::check(&info.config, settings)?;
        let state = &info.state;
        let (oldest, newest) = if state.count == 0 {
            (None, mark(state.last, 0))
        } else {
            // What is in between may come and go meanwhile.
            let Some(newest) = api.get(state.last).await? else { continue };
            let Some(oldest) = api.get(state.first).await? else { continue };
            (Some(mark(oldest.sequence, oldest.check)), mark(newest.sequence, newest.check))
        };
        let tag = tag(settings.stream.as_str(), &info.created);
        let warnings = audit::warnings(&info, settings);
        return Ok((Opened { tag, oldest, newest, warnings }, info.created));
    }
    Err(Fault::Garbled("entries go faster than they can be read".into()))
}

/// The stream, which is made if there is none.
async fn find(api: &Api, settings: &Settings) -> Result<Info, Fault> {
    match api.info().await {
        Err(fault) if fault.is(ErrorCode::STREAM_NOT_FOUND) => {}
        other => return other,
    }
    match api.create(&settings.config()).await {
        // Somebody else has made it, and otherwise.
        Err(fault) if fault.is(ErrorCode::STREAM_NAME_EXIST) => api.info().await,
        other => other,
    }
}

/// A name of the stream and of when it was made: always the same, on any machine.
fn tag(stream: &str, created: &str) -> String {
    const LEN: usize = 8;
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // FNV-1a: the standard library's hashes may change.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in stream.bytes().chain([0]).chain(created.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut digits = String::new();
    for _ in 0..LEN {
        digits.push(DIGITS[(hash % 36) as usize].into());
        hash /= 36;
    }
    digits
}
