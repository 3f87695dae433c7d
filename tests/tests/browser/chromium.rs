//! Chromium without a screen, and the chromedriver that leads it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use conformance::within;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::time::timeout;

use crate::process::Process;
use crate::scratch::Scratch;

/// A browser with a profile of its own. It is killed when this is dropped.
pub(crate) struct Chromium {
    client: Client,
    /// The tab that keeps it open, and shows nothing.
    first: WindowHandle,
    // Dropped in this order, so that nobody writes to the directory when it goes.
    _driver: Process,
    _scratch: Scratch,
}

const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1200,900",
];

// When it is over there is nothing left to prove.
const PATIENCE: Duration = Duration::from_secs(5);

// chromedriver takes a port that is free on IPv4, ends if somebody has it on IPv6, and there is no
// way to tell it otherwise.
const ATTEMPTS: usize = 10;

impl Chromium {
    pub(crate) async fn start() -> Self {
        let scratch = Scratch::new();
        let (driver, url) = driver(&scratch).await;

        let mut client = ClientBuilder::new(HttpConnector::new());
        let client = within("Chromium starts", client.capabilities(capabilities()).connect(&url));
        let client = client.await.unwrap_or_else(|cause| panic!("Chromium did not start: {cause}"));
        let first = done("the first tab", client.window()).await;
        Self { client, first, _driver: driver, _scratch: scratch }
    }

    /// Opens an empty tab.
    pub(crate) async fn open(&self) -> WindowHandle {
        done("a new tab", self.client.new_window(true)).await.handle
    }

    /// Closes a tab.
    pub(crate) async fn close(&self, tab: &WindowHandle) {
        done("the end of a tab", self.at(tab).await.close_window()).await;
    }

    /// The client, with this tab in front.
    pub(crate) async fn at(&self, tab: &WindowHandle) -> &Client {
        done("a switch of tabs", self.client.switch_to_window(tab.clone())).await;
        &self.client
    }

    /// What every tab says, and where a picture of it is.
    pub(crate) async fn describe(&self, name: &str) -> String {
        let mut description = String::new();
        for (number, tab) in (1..).zip(self.tabs().await) {
            let client = self.at(&tab).await;
            let text = client.execute("return document.body.innerText", vec![]);
            let text = done("the text of a page", text).await;
            let picture = done("a picture", client.screenshot()).await;
            let path = save(&format!("{name}-{number}.png"), &picture);
            let text = text.as_str().unwrap_or_default();
            let _ = write!(description, "\n\ntab {number}, {}\n{text}", path.display());
        }
        description
    }

    /// Closes what was opened.
    pub(crate) async fn clear(&self) {
        for tab in self.tabs().await {
            self.close(&tab).await;
        }
        self.at(&self.first).await;
    }

    /// Lets it end by itself, for as long as that is no trouble: it still writes when it is killed.
    pub(crate) async fn stop(self) {
        let _ = timeout(PATIENCE, self.client.clone().close()).await;
    }

    /// All tabs but the first.
    async fn tabs(&self) -> Vec<WindowHandle> {
        let mut tabs = done("the list of tabs", self.client.windows()).await;
        tabs.retain(|tab| *tab != self.first);
        tabs
    }
}

/// Starts chromedriver, and says where it listens.
async fn driver(scratch: &Scratch) -> (Process, String) {
    let mut command = Command::new("chromedriver");
    // The profile and the sockets go to the first, what does not belong to a profile below the
    // second.
    command.arg("--port=0").env("TMPDIR", scratch.path()).env("HOME", scratch.path());
    for _ in 0..ATTEMPTS {
        let ready = "ChromeDriver was started successfully on port ";
        if let Some((driver, port)) = Process::start(&mut command, ready).await {
            return (driver, format!("http://127.0.0.1:{}", port.trim_end_matches('.')));
        }
    }
    panic!("chromedriver ended {ATTEMPTS} times and did not listen");
}

/// Waits for what chromedriver was told to do.
pub(crate) async fn done<T>(what: &str, command: impl Future<Output = Result<T, CmdError>>) -> T {
    let result = within(what, command).await;
    result.unwrap_or_else(|cause| panic!("{what}: {cause}"))
}

fn capabilities() -> Capabilities {
    let capabilities = json!({
        // The examples make certificates that nobody vouches for.
        "acceptInsecureCerts": true,
        "goog:chromeOptions": { "args": ARGUMENTS },
    });
    serde_json::from_value(capabilities).expect("capabilities are an object")
}

/// Writes a picture to `target/browser`.
fn save(name: &str, picture: &[u8]) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("browser");
    let path = directory.join(name);
    let saved = fs::create_dir_all(directory).and_then(|()| fs::write(&path, picture));
    saved.unwrap_or_else(|cause| panic!("cannot write {}: {cause}", path.display()));
    path
}
