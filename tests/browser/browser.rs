//! One Chromium with a driver of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::LoggingPrefsLogLevel;
use thirtyfour::common::capabilities::chrome::ChromeCapabilities;
use thirtyfour::prelude::*;
use tokio::sync::{Semaphore, SemaphorePermit};

/// More at once make each of them slower than its deadlines.
static PLACES: Semaphore = Semaphore::const_new(2);

const QUIET: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--window-size=1280,900",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// What of our scripts runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
    /// Ours runs, but the file of htmx never arrives.
    WithoutHtmx,
}

/// A running browser; dropping it ends browser and driver, also after a panic.
pub struct Browser {
    pub page: WebDriver,
    pub scripts: Scripts,
    driver: Driver,
    _place: SemaphorePermit<'static>,
}

impl Browser {
    pub async fn start() -> Self {
        Self::with(Scripts::On).await
    }

    pub async fn with(scripts: Scripts) -> Self {
        // An error only says that another test was first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let place = PLACES.acquire().await.unwrap();
        let driver = Driver::start();
        let page = WebDriver::new(format!("http://{}", driver.address), capabilities(scripts)).await.unwrap();
        page.set_script_timeout(Duration::from_mins(2)).await.unwrap();
        let browser = Self { page, scripts, driver, _place: place };
        if scripts == Scripts::WithoutHtmx {
            browser.cdp("Network.enable", json!({})).await;
            browser.cdp("Network.setBlockedURLs", json!({ "urls": ["*htmx*"] })).await;
        }
        browser
    }

    /// Asks the browser itself for what a page cannot do.
    pub async fn cdp(&self, command: &str, parameters: serde_json::Value) -> serde_json::Value {
        self.page.cdp().send_raw(command, parameters).await.unwrap()
    }

    /// Shows a page that consists of this body only.
    pub async fn show(&self, body: &str) {
        let page = format!("<!doctype html><html lang=en><title>Test</title>{body}</html>");
        let address = format!("data:text/html;charset=utf-8,{page}");
        self.page.goto(address).await.unwrap();
    }

    pub async fn quit(self) {
        self.page.clone().quit().await.unwrap();
    }
}

impl Drop for Browser {
    /// The session's own way of ending here would wait for an answer that this
    /// very thread has to fetch, and hang every failing test.
    fn drop(&mut self) {
        self.page.clone().leak().ok();
        self.driver.shut_down().ok();
        self.driver.process.kill().ok();
        self.driver.process.wait().ok();
    }
}

fn capabilities(scripts: Scripts) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    let chromium = binary("CHROMIUM", "/usr/bin/chromium");
    capabilities.set_binary(&chromium).unwrap();
    for argument in QUIET {
        capabilities.add_arg(argument).unwrap();
    }
    for log in ["browser", "performance"] {
        capabilities.set_logging_prefs(log, LoggingPrefsLogLevel::All).unwrap();
    }
    if scripts == Scripts::Off {
        let preferences = json!({ "profile.managed_default_content_settings.javascript": 2 });
        capabilities.add_experimental_option("prefs", preferences).unwrap();
    }
    capabilities
}

#[expect(clippy::disallowed_methods, reason = "the test script's settings, not the program's")]
fn binary(variable: &str, usual: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| usual.to_owned())
}

struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// It takes a free port on IPv4 and wants the same on IPv6, where another
    /// driver may have been given it meanwhile: it ends, and is started again.
    fn start() -> Self {
        const ATTEMPTS: usize = 10;
        std::iter::repeat_with(Self::attempt)
            .take(ATTEMPTS)
            .find_map(|driver| driver)
            .expect("chromedriver says on which port it listens")
    }

    fn attempt() -> Option<Self> {
        let mut process = Command::new(binary("CHROMEDRIVER", "/usr/bin/chromedriver"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver starts; ./scripts/test installs it");
        let Some(port) = announced_port(&mut process) else {
            process.kill().ok();
            process.wait().ok();
            return None;
        };
        let address = format!("127.0.0.1:{port}");
        Some(Self { process, address })
    }

    /// Ends its browser too, which would outlive a killed driver.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut connection = TcpStream::connect(&self.address)?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        connection.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        connection.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

fn announced_port(process: &mut Child) -> Option<String> {
    const ANNOUNCEMENT: &str = "started successfully on port ";
    let output = BufReader::new(process.stdout.take()?);
    output.lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once(ANNOUNCEMENT)?;
        Some(port.trim_end_matches('.').to_owned())
    })
}
