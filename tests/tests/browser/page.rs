//! The demo's page in one tab.

use std::time::{Duration, Instant};

use fantoccini::wd::{Locator, WindowHandle};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::chromium::{Chromium, done};

/// The page in one tab.
pub(crate) struct Page<'a> {
    browser: &'a Chromium,
    tab: WindowHandle,
}

/// What the page shows.
#[derive(Debug, Deserialize)]
pub(crate) struct View {
    pub(crate) state: String,
    pub(crate) framework: String,
    /// What the last reconnect has brought, in words.
    pub(crate) notice: String,
    pub(crate) last_id: String,
    /// How many events it has seen.
    pub(crate) events: u32,
    pub(crate) reconnects: u32,
    /// The numbers of the machine, as they are written.
    pub(crate) numbers: [String; 3],
    /// What the server says of its own streams: how many are open, why others ended, and how many
    /// gaps were told.
    pub(crate) traffic: [String; 3],
    /// The curve in each chart.
    pub(crate) curves: [Curve; 3],
    /// The wall, the newest first.
    pub(crate) posts: Vec<Post>,
    /// What stands below the form.
    pub(crate) count: String,
    pub(crate) can_send: bool,
}

/// A curve in a chart.
#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Curve {
    /// Its path, as SVG writes it.
    pub(crate) path: String,
    /// How large it is on the screen, in pixels.
    pub(crate) width: f64,
}

/// A text on the wall.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) text: String,
    /// The names of the elements that its text has become: none.
    pub(crate) elements: Vec<String>,
}

/// What a server answered to the page.
#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

// Generous: a machine under load must not fail.
const LIMIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

const VIEW: &str = "
    const one = (id) => document.getElementById(id);
    const text = (id) => one(id).textContent;
    const count = (id) => Number(text(id).replaceAll(',', ''));
    return {
        state: text('state'),
        framework: text('framework'),
        notice: text('notice'),
        last_id: text('last-id'),
        events: count('events-count'),
        reconnects: count('reconnects'),
        numbers: ['cpu', 'memory', 'load'].map(text),
        traffic: ['open', 'ended', 'gaps'].map(text),
        curves: ['cpu', 'memory', 'load'].map((name) => {
            const curve = one('chart-' + name).querySelector('.curve');
            return {
                path: curve.getAttribute('d') ?? '',
                width: curve.getBoundingClientRect().width,
            };
        }),
        posts: Array.from(one('wall').children, (post) => ({
            id: post.dataset.id,
            text: post.querySelector('p').textContent,
            elements: Array.from(post.querySelectorAll('p *'), (inner) => inner.localName),
        })),
        count: text('wall-count'),
        can_send: !one('wall-send').disabled,
    };";

impl<'a> Page<'a> {
    /// Opens a page in a new tab.
    pub(crate) async fn open(browser: &'a Chromium, url: &str) -> Self {
        let page = Self { browser, tab: browser.open().await };
        page.go(url).await;
        page
    }

    /// Goes somewhere else.
    pub(crate) async fn go(&self, url: &str) {
        done(&format!("the page at {url}"), self.browser.at(&self.tab).await.goto(url)).await;
    }

    /// Closes its tab.
    pub(crate) async fn close(self) {
        self.browser.close(&self.tab).await;
    }

    /// Waits until it shows what it should.
    ///
    /// # Panics
    /// When that is not so in time, with what it shows instead.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&View) -> bool) -> View {
        let last_look = Instant::now() + LIMIT;
        loop {
            let view = self.view().await;
            if holds(&view) {
                return view;
            }
            let is_last = Instant::now() > last_look;
            assert!(!is_last, "{what}: not within {LIMIT:?}; the page shows {view:#?}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until it is connected and shows numbers.
    pub(crate) async fn live(&self) -> View {
        let shows_numbers = |view: &View| view.numbers.iter().all(|number| number != "–");
        self.until("the page is live", |view| view.state == "live" && shows_numbers(view)).await
    }

    /// Waits until exactly these posts are on the wall, the newest first.
    pub(crate) async fn shows_posts(&self, texts: &[&str]) -> View {
        let what = format!("the wall shows {texts:?}");
        self.until(&what, |view| view.posts.iter().map(|post| &post.text).eq(texts)).await
    }

    /// Writes a text in the form, as by hand, and sends it.
    pub(crate) async fn write(&self, text: &str) {
        let client = self.browser.at(&self.tab).await;
        let form = done("the form", client.find(Locator::Id("wall-text"))).await;
        done("writing", form.send_keys(text)).await;
        let button = done("the button", client.find(Locator::Id("wall-send"))).await;
        done("a click", button.click()).await;
    }

    /// Fills the form at once, as by the clipboard.
    pub(crate) async fn paste(&self, text: &str) {
        let paste = "
            const form = document.getElementById('wall-text');
            form.value = arguments[0];
            form.dispatchEvent(new Event('input', { bubbles: true }));";
        let () = self.run(paste, json!(text)).await;
    }

    /// Posts a text from the page, past its form.
    pub(crate) async fn post(&self, text: &str) -> Answer {
        let post = "
            const answer = await fetch('wall', { method: 'POST', body: arguments[0] });
            return { status: answer.status, text: await answer.text() };";
        self.run(post, json!(text)).await
    }

    /// Runs a script that may await, and reads what it returns.
    pub(crate) async fn run<T: DeserializeOwned>(&self, script: &str, argument: Value) -> T {
        let client = self.browser.at(&self.tab).await;
        // Chromedriver waits for a promise.
        let script = format!("return (async function () {{ {script} }}).apply(null, arguments);");
        let result = done("a script", client.execute(&script, vec![argument])).await;
        serde_json::from_value(result).unwrap_or_else(|cause| panic!("{script}: {cause}"))
    }

    /// What it shows now.
    pub(crate) async fn view(&self) -> View {
        self.run(VIEW, Value::Null).await
    }
}
