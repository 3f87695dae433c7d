//! Another site whose pages may come here.

use http::{HeaderValue, Uri};

/// An origin as a browser sends it: scheme, host and port, and nothing after that.
#[derive(Clone, Debug)]
pub struct Origin(HeaderValue);

impl Origin {
    /// Reads an origin such as `http://127.0.0.1:8080`.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let origin = format!("{}://{}", uri.scheme()?, uri.authority()?);
        let header = HeaderValue::from_str(text).ok()?;
        (text == origin).then_some(Self(header))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("an origin is part of a uri, so it is ASCII")
    }
}

impl From<Origin> for HeaderValue {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests;
