//! The browsers that wait for a case.

use std::sync::{Mutex, MutexGuard};

use crate::chromium::Chromium;

/// Browsers that nobody uses now. Starting one takes longer than most cases.
#[derive(Default)]
pub(crate) struct Browsers(Mutex<Vec<Chromium>>);

impl Browsers {
    /// A browser that shows nothing, for one case alone.
    pub(crate) async fn take(&self) -> Chromium {
        let idle = self.idle().pop();
        match idle {
            Some(browser) => browser,
            None => Chromium::start().await,
        }
    }

    /// Takes a browser back.
    pub(crate) async fn put_back(&self, browser: Chromium) {
        browser.clear().await;
        self.idle().push(browser);
    }

    pub(crate) async fn stop(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for browser in idle {
            browser.stop().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Chromium>> {
        self.0.lock().expect("nothing panics under this lock")
    }
}
