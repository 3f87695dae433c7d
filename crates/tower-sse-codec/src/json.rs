//! Event data from serde values, and back.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{Event, InvalidEventName, typed};

/// A value could not become an event, or an event not a value.
#[derive(Debug)]
pub struct JsonError(Kind);

#[derive(Debug)]
enum Kind {
    Write(serde_json::Error),
    Name(InvalidEventName),
    Read(serde_json::Error),
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
        Ok(Self::new(serde_json::to_string(value).map_err(Kind::Write)?))
    }

    /// An event named after an enum's variant, whose data is the JSON of what the variant holds.
    ///
    /// The enum is an ordinary serde enum, tagged from outside as is serde's default. The name is
    /// the variant's as serde renames it, so that a client can switch on it. A variant that holds
    /// nothing has the data `null`. See [`EventName`](crate::EventName) for names that are better not taken.
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
        let (name, data) = typed::split(value).map_err(Kind::Write)?;
        Ok(Self::new(data).with_name(name.try_into().map_err(Kind::Name)?))
    }

    /// Reads the data as JSON: the way back from [`json`](Event::json).
    ///
    /// # Errors
    /// When the data is not the JSON of a `T`. An event without data is read like the empty text,
    /// which is no JSON.
    pub fn parse_json<'de, T: Deserialize<'de>>(&'de self) -> Result<T, JsonError> {
        Ok(serde_json::from_str(self.data().unwrap_or_default()).map_err(Kind::Read)?)
    }

    /// Reads the event as a value of an enum: the way back from [`typed`](Event::typed).
    ///
    /// The name of the event picks the variant, `message` if it has none. A variant that holds
    /// nothing takes any data, so that one with `#[serde(other)]` takes all other events.
    ///
    /// ```
    /// # use tower_sse_codec::Event;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "kebab-case")]
    /// enum Update<'a> {
    ///     PriceChanged { symbol: &'a str, cents: u64 },
    ///     #[serde(other)]
    ///     Unknown,
    /// }
    ///
    /// let event = Event::new(r#"{"symbol":"ACME","cents":995}"#).with_name("price-changed".parse()?);
    /// let update = event.parse_typed()?;
    /// assert!(matches!(update, Update::PriceChanged { symbol: "ACME", cents: 995 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When no variant has the event's name, when the data is not the JSON of what the variant
    /// holds, or when `T` is no enum that is tagged from outside.
    pub fn parse_typed<'de, T: Deserialize<'de>>(&'de self) -> Result<T, JsonError> {
        Ok(typed::join(self.event_type(), self.data().unwrap_or_default()).map_err(Kind::Read)?)
    }
}

impl From<Kind> for JsonError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Write(_) => "value cannot become event data",
            Kind::Name(_) => "variant's name cannot become an event name",
            Kind::Read(_) => "event is not the JSON of the value",
        })
    }
}

impl core::error::Error for JsonError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.0 {
            Kind::Write(error) | Kind::Read(error) => Some(error),
            Kind::Name(error) => Some(error),
        }
    }
}
