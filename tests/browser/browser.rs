//! One Chromium with a driver of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use thirtyfour::common::capabilities::chrome::ChromeCapabilities;
use thirtyfour::prelude::*;

const QUIET: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A running browser; dropping it ends browser and driver, also after a panic.
pub struct Browser {
    pub page: WebDriver,
    driver: Driver,
}

impl Browser {
    pub async fn start() -> Self {
        // An error only says that another test was first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let driver = Driver::start();
        let page = WebDriver::new(format!("http://{}", driver.address), capabilities()).await.unwrap();
        Self { page, driver }
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

fn capabilities() -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    let chromium = binary("CHROMIUM", "/usr/bin/chromium");
    capabilities.set_binary(&chromium).unwrap();
    for argument in QUIET {
        capabilities.add_arg(argument).unwrap();
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
    fn start() -> Self {
        let mut process = Command::new(binary("CHROMEDRIVER", "/usr/bin/chromedriver"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver starts; ./scripts/test installs it");
        let port = announced_port(&mut process);
        let address = format!("127.0.0.1:{port}");
        Self { process, address }
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

fn announced_port(process: &mut Child) -> String {
    const ANNOUNCEMENT: &str = "started successfully on port ";
    let output = BufReader::new(process.stdout.take().unwrap());
    output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, port) = line.split_once(ANNOUNCEMENT)?;
            Some(port.trim_end_matches('.').to_owned())
        })
        .expect("chromedriver says on which port it listens")
}
