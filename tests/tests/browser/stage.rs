//! Where one case plays.

use std::sync::Mutex;

use crate::chromium::Chromium;
use crate::example::Example;
use crate::page::Page;
use crate::place::Place;

/// A browser, and the examples that a case has started.
pub(crate) struct Stage {
    pub(crate) place: Place,
    browser: Chromium,
    // Kept until the end, so that a case that fails can be looked at as it was.
    examples: Mutex<Vec<Example>>,
}

impl Stage {
    pub(crate) fn new(place: Place, browser: Chromium) -> Self {
        Self { place, browser, examples: Mutex::default() }
    }

    /// Starts the example.
    pub(crate) async fn example(&self) -> Example {
        self.keep(Example::start(self.place, Vec::new()).await)
    }

    /// Starts the example, for the pages of another origin too.
    pub(crate) async fn example_for(&self, origin: String) -> Example {
        self.keep(Example::start(self.place, vec![("CORS_ORIGIN", origin)]).await)
    }

    /// Starts the example, with room for so many streams.
    pub(crate) async fn example_with_room(&self, streams: usize) -> Example {
        let settings = vec![("MAX_STREAMS", streams.to_string())];
        self.keep(Example::start(self.place, settings).await)
    }

    /// Opens a page in a tab of its own.
    pub(crate) async fn open(&self, url: &str) -> Page<'_> {
        Page::open(&self.browser, url).await
    }

    pub(crate) fn browser(&self) -> &Chromium {
        &self.browser
    }

    /// Stops the examples, and leaves the browser.
    pub(crate) fn into_browser(self) -> Chromium {
        self.browser
    }

    fn keep(&self, example: Example) -> Example {
        let mut examples = self.examples.lock().expect("nothing panics under this lock");
        examples.push(example.clone());
        example
    }
}
