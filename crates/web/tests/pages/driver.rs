//! A browser that a test leads by the hand: Debian's Chromium, through its driver (W3C `WebDriver` 2). Everything here
//! waits, so it runs on a thread that may.

use serde_json::{Value, json};
use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// One browser at a time: each takes a whole core.
static BROWSER: Mutex<()> = Mutex::new(());

pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// Kept until the browser has ended.
    profile: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one; `None`, having said why, where this machine has none.
    pub(crate) fn start() -> Option<Self> {
        let has = |tool: &str| Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
        if !has("chromium") || !has("chromedriver") {
            crate::skipped::because("Chromium or its driver is not installed (Debian: chromium, chromium-driver)");
            return None;
        }
        let alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let port = loop {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "chromedriver ended before it named its port");
            if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once("successfully on port ") {
                break port.parse().unwrap();
            }
        };
        // What it still says is read and dropped, so that it never waits for a reader.
        thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        let mut browser = Self { driver, port, session: String::new(), profile, _alone: alone };
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--no-first-run".to_owned(),
            "--force-color-profile=srgb".to_owned(),
            format!("--user-data-dir={}", browser.profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}});
        let begun = browser.ask("POST", "/session", &wanted);
        begun["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        Some(browser)
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&self, address: &str) {
        self.tell("/url", &json!({"url": address}));
    }

    /// As wide as a telephone or a desk's screen.
    pub(crate) fn width(&self, width: u32) {
        let device = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.command("Emulation.setDeviceMetricsOverride", &device);
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn command(&self, command: &str, parameters: &Value) -> Value {
        self.tell("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Runs a script in the page; a promise is waited for.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.tell("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Presses keys, one after the other.
    pub(crate) fn press(&self, keys: &[char]) {
        let presses: Vec<_> = keys
            .iter()
            .flat_map(|key| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})])
            .collect();
        self.tell("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": presses}]}));
    }

    /// Waits until a script says yes.
    pub(crate) fn until(&self, script: &str) {
        let begun = Instant::now();
        while self.run(script) != json!(true) {
            assert!(begun.elapsed() < Duration::from_secs(15), "never true: {script}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// A picture of the whole page, where `HOLDFAST_SCREENSHOTS` names a folder for them.
    pub(crate) fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("HOLDFAST_SCREENSHOTS").map(PathBuf::from) else { return };
        let taken = self.command("Page.captureScreenshot", &json!({"captureBeyondViewport": true}));
        let picture =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, taken["data"].as_str().unwrap())
                .unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    fn tell(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = self.send(method, path, &body).unwrap();
        let (head, body) = answer(&mut stream).unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap_or_else(|fault| panic!("{fault}: {head}\n{body}"));
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {body}");
        body["value"].take()
    }

    fn send(&self, method: &str, path: &str, body: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")?;
        Ok(stream)
    }
}

/// The head and the body of an answer. The driver keeps its connections open, so the length is read from the head.
fn answer(stream: &mut TcpStream) -> io::Result<(String, String)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body)?;
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}

impl Drop for Browser {
    /// Ends the browser first: its driver, killed, would leave it behind.
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        if let Ok(mut stream) = self.send("DELETE", &path, "") {
            drop(answer(&mut stream));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
