//! Event data from serde values.

use core::fmt;

use serde::Serialize;

#[cfg(doc)]
use crate::EventName;
use crate::{Event, InvalidEventName, typed};

/// A value could not become an event.
#[derive(Debug)]
pub struct JsonError(Kind);

#[derive(Debug)]
enum Kind {
    Json(serde_json::Error),
    Name(InvalidEventName),
}

impl Event {
    /// An event whose data is the JSON of `value`.
    ///
    /// A value whose JSON has line ends in it, such as a `RawValue`, stays right: they are white
    /// space to JSON, and each line travels as a `data:` line of its own.
    ///
    /// # Errors
    /// When `value` cannot be JSON: its `Serialize` fails, or a map has keys that are no strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, JsonError> {
        Ok(Self::new(serde_json::to_string(value)?))
    }

    /// An event named after an enum's variant, whose data is the JSON of what the variant holds.
    ///
    /// The enum is an ordinary serde enum, tagged from outside as is serde's default. The name is
    /// the variant's as serde renames it, so that a client can switch on it. A variant that holds
    /// nothing has the data `null`. See [`EventName`] for names that are better not taken.
    ///
    /// ```
    /// # use tower_sse_codec::Event;
    /// #[derive(serde::Serialize)]
    /// #[serde(rename_all = "kebab-case")]
    /// enum Update {
    ///     PriceChanged { symbol: String, cents: u64 },
    ///     MarketClosed,
    /// }
    ///
    /// let event = Event::typed(&Update::PriceChanged { symbol: "ACME".into(), cents: 995 })?;
    /// assert_eq!(event.name().unwrap().as_str(), "price-changed");
    /// assert_eq!(event.data(), Some(r#"{"symbol":"ACME","cents":995}"#));
    ///
    /// let event = Event::typed(&Update::MarketClosed)?;
    /// assert_eq!(event.data(), Some("null"));
    /// # Ok::<(), tower_sse_codec::JsonError>(())
    /// ```
    ///
    /// # Errors
    /// When `value` is no such enum, when what the variant holds cannot be JSON, or when the
    /// variant's name contains CR or LF.
    pub fn typed<T: Serialize + ?Sized>(value: &T) -> Result<Self, JsonError> {
        let (name, data) = typed::split(value)?;
        Ok(Self::new(data)
            .with_name(name.try_into().map_err(|error| JsonError(Kind::Name(error)))?))
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self(Kind::Json(error))
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Json(_) => "value cannot become event data",
            Kind::Name(_) => "variant's name cannot become an event name",
        })
    }
}

impl core::error::Error for JsonError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.0 {
            Kind::Json(error) => Some(error),
            Kind::Name(error) => Some(error),
        }
    }
}
