//! Which encoding a client takes.

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

use super::Encoding;

/// Longer headers say nothing: no honest client sends them.
const LONGEST: usize = 1024;

/// A weight in thousandths.
type Weight = u16;

/// What a client says of encodings (RFC 9110, section 12.5.3).
#[derive(Clone, Copy, Debug, Default)]
struct Weights {
    named: Option<Weight>,
    any: Option<Weight>,
}

impl Weights {
    /// The weight of an encoding, if it is said.
    fn get(self) -> Option<Weight> {
        self.named.or(self.any)
    }
}

/// The encoding that a client likes best, the first of several; none if it wants none, or what it
/// says cannot be read.
pub(crate) fn preferred(headers: &HeaderMap, offered: &[Encoding]) -> Option<Encoding> {
    let values = || headers.get_all(ACCEPT_ENCODING).iter().map(HeaderValue::as_bytes);
    if values().map(<[u8]>::len).sum::<usize>() > LONGEST {
        return None;
    }
    let weights = |names: &[&str]| {
        let mut weights = Weights::default();
        for part in values().flat_map(|value| value.split(|byte| *byte == b',')) {
            let Some((name, weight)) = read(part) else { continue };
            let said = if name == b"*" {
                &mut weights.any
            } else if names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())) {
                &mut weights.named
            } else {
                continue;
            };
            // Who says two things of one gets less of it.
            *said = Some(said.map_or(weight, |before| before.min(weight)));
        }
        weights
    };
    // Any encoding is better than none, unless none is asked for by name.
    let least = weights(&["identity"]).named.unwrap_or(0).max(1);
    let mut best: Option<(Encoding, Weight)> = None;
    for &encoding in offered {
        let weight = weights(names(encoding)).get().filter(|weight| *weight >= least);
        match weight {
            Some(weight) if best.is_none_or(|(_, than)| weight > than) => {
                best = Some((encoding, weight));
            }
            _ => {}
        }
    }
    best.map(|(encoding, _)| encoding)
}

fn names(encoding: Encoding) -> &'static [&'static str] {
    match encoding {
        #[cfg(feature = "gzip")]
        // RFC 9110, section 8.4.1.3.
        Encoding::Gzip => &["gzip", "x-gzip"],
        #[cfg(feature = "zstd")]
        Encoding::Zstd => &["zstd"],
        #[cfg(feature = "brotli")]
        Encoding::Brotli => &["br"],
    }
}

/// The name of an encoding and its weight, which is 0 when it cannot be read; unless it is no name.
fn read(part: &[u8]) -> Option<(&[u8], Weight)> {
    let mut parts = part.splitn(2, |byte| *byte == b';').map(<[u8]>::trim_ascii);
    let name = parts.next().filter(|name| !name.is_empty())?;
    match parts.next() {
        None => Some((name, 1000)),
        Some(weight) => Some((name, read_weight(weight).unwrap_or(0))),
    }
}

/// RFC 9110, section 12.4.2: `q=`, and a number from 0 to 1 with three digits at most.
fn read_weight(weight: &[u8]) -> Option<Weight> {
    let (b'q' | b'Q', number) = weight.split_first()? else { return None };
    let (whole, digits) = match number.strip_prefix(b"=")? {
        [whole @ (b'0' | b'1')] => (whole, &b""[..]),
        [whole @ (b'0' | b'1'), b'.', digits @ ..] if digits.len() <= 3 => (whole, digits),
        _ => return None,
    };
    let mut weight = Weight::from(whole - b'0');
    for at in 0..3 {
        let digit = digits.get(at).copied().unwrap_or(b'0');
        weight = 10 * weight + Weight::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(weight).filter(|weight| *weight <= 1000)
}

#[cfg(all(test, feature = "gzip", feature = "zstd"))]
mod tests;
