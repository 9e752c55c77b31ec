//! `holdfast demo`: what its invitation says to type, really typed, gives what it promises.

use crate::{
    asking::{ask, connect, field, get, page},
    common::{Program, until},
    log::lines,
};
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

/// A data folder for a demonstration, in a folder of its own that goes with it and with what lies beside.
pub(crate) struct Folder {
    data: PathBuf,
    _whole: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let whole = tempfile::tempdir().unwrap();
        Self { data: whole.path().join("data"), _whole: whole }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.data
    }
}

/// A running demonstration and the ports it printed.
pub(crate) struct Demonstration {
    pub(crate) program: Program,
    pub(crate) proxy: SocketAddr,
    pub(crate) chloe: SocketAddr,
    pub(crate) teacher: SocketAddr,
    pub(crate) visitor: SocketAddr,
    pub(crate) web: SocketAddr,
    pub(crate) names: SocketAddr,
    pub(crate) chloes_names: SocketAddr,
    /// The name service over HTTPS.
    pub(crate) secure_names: SocketAddr,
    /// The practice range's port.
    pub(crate) range: u16,
    pub(crate) data: PathBuf,
}

impl Demonstration {
    /// Starts it from a port that was free a moment ago; it takes the next free ones itself.
    pub(crate) fn start(data: &Path) -> Self {
        let port = |listener: TcpListener| listener.local_addr().unwrap().port();
        let (proxy, web) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        // Far enough from the highest port for those that come after the first.
        let (proxy, web) = (port(proxy).min(65_000), port(web).min(65_000));
        Self::start_on(data, proxy, web)
    }

    pub(crate) fn start_on(data: &Path, proxy: u16, web: u16) -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().min(65_000).to_string();
        let (proxy, web, names, secure) = (proxy.to_string(), web.to_string(), free(), free());
        let mut arguments = vec!["demo", "--data", data.to_str().unwrap(), "--proxy-port", &proxy, "--web-port", &web];
        arguments.extend(["--dns-port", &names, "--secure-dns-port", &secure]);
        let mut program = Program::start(&arguments);
        until("the demonstration's invitation", || {
            assert!(!program.has_ended(), "{}", program.errors());
            program.output().contains("The last verdicts").then_some(())
        });
        let told = program.output();
        let place = |line: &str| {
            let line = told.lines().find(|found| found.contains(line)).unwrap();
            let start = line.find("127.0.0.1:").or_else(|| line.find("localhost:")).unwrap();
            let (_, port) = line[start..].split_once(':').unwrap();
            let digits = port.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(port.len());
            SocketAddr::from(([127, 0, 0, 1], port[..digits].parse().unwrap()))
        };
        // The last number behind these words, in the first line that has them.
        let number = |line: &str, words: &str| -> u16 {
            let line = told.lines().find(|found| found.contains(line)).unwrap();
            let (_, rest) = line.split_once(words).unwrap();
            rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
        };
        let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            names: place("The name service (DNS) at"),
            chloes_names: local(number("Chloe, an older pupil", "names at port ")),
            secure_names: local(number("--doh-url", "https://127.0.0.1:")),
            range: number("--doh-url", "http://news.example:"),
            proxy: place("The proxy:"),
            chloe: place("Chloe, an older pupil (group Oak)"),
            teacher: place("a teacher (group Ash)"),
            visitor: place("a visitor (group Elm)"),
            web: place("Look here first:"),
            data: data.to_owned(),
            program,
        }
    }

    fn assert_serving(&self) {
        assert_eq!(get(self.proxy, "http://rivers.lesson.example/").status, 200);
        assert_eq!(get(self.proxy, "http://casino.example/").status, 403);
        assert_eq!(page(self.web, "/healthz").body, "working\n");
    }

    /// The lines that the invitation says to type, in its order, but for the one that starts a browser.
    fn to_type(&self) -> Vec<String> {
        let output = self.program.output();
        let lines = output.lines().map(str::trim);
        let programs = ["curl ", "dig ", "mkdir ", "certutil "];
        let is_typed = |line: &&str| programs.iter().any(|program| line.starts_with(program));
        lines.filter(|line| is_typed(line) || line.contains("holdfast' ")).map(str::to_owned).collect()
    }

    /// The one line of the invitation that has this in it.
    pub(crate) fn told(&self, part: &str) -> String {
        let output = self.program.output();
        let mut lines = output.lines().filter(|line| line.contains(part));
        let line = lines.next().unwrap_or_else(|| panic!("the invitation has no line with {part}"));
        assert!(lines.next().is_none(), "more than one line with {part}");
        line.trim().to_owned()
    }
}

/// Types a line into a shell with nothing of this test's own environment for curl but where programs are.
pub(crate) fn typed(line: &str) -> String {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(line)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nowhere");
    let output = shell.output().unwrap();
    // curl's own word for a name that there is not.
    let is_missing = output.status.code() == Some(6) && line.contains("--doh-url") && line.contains("social");
    assert!(output.status.success() || is_missing, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What must stand in the answer to each line of the invitation, by what is in the line.
const PROMISES: [(&str, &[&str]); 45] = [
    ("http://rivers.lesson.example/", &["How a river begins"]),
    ("http://casino.example/", &["Reference", "0800 1111", "999"]),
    ("http://news.example/", &["The Harbour Gazette"]),
    ("http://social.example/", &["Reference", "0800 1111"]),
    ("http://social.example/", &["Chirrup"]),
    ("http://casino.example/", &["Reference", "999"]),
    ("-U teacher:", &["Chirrup"]),
    ("http://helpline.example/", &["The Lantern Line"]),
    ("http://search.example/search?q=tides", &["302", "strict=1"]),
    ("http://otherfind.example/?q=tides", &["302", "http://search.example/"]),
    ("rivers.lesson.example", &["NOERROR", "127.0.0.2"]),
    ("casino.example", &["NXDOMAIN", "EDE: 15 (Blocked)", "/stopped"]),
    ("www.google.com", &["NOERROR", "216.239.38.120"]),
    ("holdfast' tls export", &[]),
    ("--doh-url", &["The Harbour Gazette"]),
    ("http://social.example", &[]),
    ("holdfast' inspection export", &[]),
    ("https://rivers.lesson.example/", &["How a river begins"]),
    ("https://social.example/", &["Reference", "0800 1111"]),
    ("https://volcanoes.lesson.example/after", &["Reference", "999"]),
    ("https://www.youtube.com/", &["This is not www.youtube.com.", "youtube-restrict: Strict"]),
    ("https://login.microsoftonline.com/", &["restrict-access-to-tenants: rivermead.example"]),
    ("-i https://quick.example/", &["All aboard", "alt-svc: h2="]),
    ("https://expired-certificate.example/", &["certificate"]),
    ("https://bank.example/", &["Smooth pebbles"]),
    ("https://childrens-services.example/", &["whom a school rings"]),
    ("https://social.example/", &["Chirrup"]),
    ("https://casino.example/", &["Reference", "0808 800 5000"]),
    ("mkdir ", &[]),
    ("-n Rivermead -i", &[]),
    ("-n Range -i", &[]),
    ("holdfast' explain", &["verdict     blocked", "gambling", "practice-gambling", "the list does hold this entry"]),
    ("holdfast' policy show", &[]),
    ("holdfast' policy change", &["version 2 now"]),
    ("holdfast' policy history", &["A try", "documents"]),
    ("holdfast' duty list", &["dsl: Priya Lock", "office: Nell Harbour"]),
    ("holdfast' person list", &["Rosa Meadow", "5b-geography"]),
    ("holdfast' file open", &["Opened: ", "Your report: "]),
    ("holdfast' file list", &["child, open"]),
    ("holdfast' person details write", &["sealed"]),
    ("holdfast' person details show", &["GIVEN TO NOBODY", "1 Weir Lane"]),
    ("holdfast' person telling", &["Lena Meadow", "may be told", "leave it out"]),
    ("holdfast' setting show", &["In force: 5", "Allowed: "]),
    ("holdfast' audit show", &["file-opened", "confidential-read"]),
    ("holdfast' audit verify", &["Nothing is wrong."]),
];

/// The address and the password that the invitation tells sign the lead in, as a browser sends them.
fn assert_signs_in(demonstration: &Demonstration) {
    let told = demonstration.told("/sign-in ");
    let door = told.split(' ').next().unwrap();
    let own = door.strip_suffix("/sign-in").unwrap();
    let output = demonstration.program.output();
    let (_, rest) = output.split_once("/sign-in ").unwrap();
    let (_, rest) = rest.split_once("(password ").unwrap();
    let (password, _) = rest.split_once(')').unwrap();
    let form = format!("-d name=lead --data-urlencode 'password={password}'");
    let shown = "-s -o /dev/null -w '%{http_code} %{redirect_url}'";
    assert_eq!(typed(&format!("curl {shown} -H 'Origin: {own}' {form} {door}")), format!("303 {own}/today"));
    assert_eq!(typed(&format!("curl {shown} {form} {door}")), "403 ", "a form from nowhere");
}

#[test]
fn everything_the_invitation_says_to_type_gives_what_it_promises() {
    for program in ["curl", "dig", "certutil"] {
        if Command::new(program).arg("-h").output().is_err() {
            return crate::skipped::because(format!("{program} is not installed"));
        }
    }
    let folder = Folder::new();
    let demonstration = Demonstration::start(folder.path());
    let lines = demonstration.to_type();
    assert_eq!(lines.len(), PROMISES.len(), "{lines:#?}");
    assert_block_page(&demonstration);
    assert_signs_in(&demonstration);
    assert_one_press(&demonstration);
    let mut broken = Vec::new();
    for (line, (part, promised)) in lines.iter().zip(PROMISES) {
        assert!(line.contains(part), "{line}: not {part}");
        let answer = typed(line);
        for words in promised {
            if !answer.contains(words) {
                broken.push(format!("{line}\n  has no “{words}”:\n{answer}\n"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_pages(&demonstration);
    // The last verdicts come live, and nobody's visit for help is among them.
    until("a verdict in the terminal", || demonstration.program.output().contains("BLOCKED  oak").then_some(()));
    let live = demonstration.program.output();
    let (_, live) = live.split_once("The last verdicts").unwrap();
    assert!(live.contains("casino.example") && !live.contains("helpline"), "{live}");
}

/// Each of the people and pupils whom the demonstration offers is entered with one press, and has a first page of their own.
fn assert_one_press(demonstration: &Demonstration) {
    let offered = page(demonstration.web, "/demonstration");
    assert_eq!(offered.status, 200);
    let host = format!("localhost:{}", demonstration.web.port());
    let send = |request: &str| ask(demonstration.web, request).unwrap_or_else(|fault| panic!("{request}: {fault}"));
    let (mut people, mut pupils) = (0, 0);
    for field_of in offered.body.split("<input type=\"hidden\" name=\"").skip(1) {
        let (kind, rest) = field_of.split_once("\" value=\"").unwrap();
        let (who, _) = rest.split_once('"').unwrap();
        let form = format!("{kind}={}", who.replace(' ', "+"));
        let (home, count) = if kind == "person" { ("/today", &mut people) } else { ("/start", &mut pupils) };
        *count += 1;
        let pressed = send(&format!(
            "POST /demonstration HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ));
        assert_eq!(pressed.status, 303, "{form}: {}", pressed.body);
        assert_eq!(field(&pressed.head, "location").as_deref(), Some(home), "{form}");
        let cookie = field(&pressed.head, "set-cookie").unwrap();
        let (cookie, _) = cookie.split_once(';').unwrap();
        let first =
            send(&format!("GET {home} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"));
        assert_eq!(first.status, 200, "{form}: {}", first.body);
    }
    assert!(people >= 12 && pupils >= 1, "{people} people and {pupils} pupils");
}

/// A browser's block page has the reference and the numbers, and nothing to press that does nothing.
fn assert_block_page(demonstration: &Demonstration) {
    for (listener, numbers) in [
        (demonstration.proxy, ["999", "0800 1111"]),
        (demonstration.chloe, ["999", "0800 1111"]),
        (demonstration.teacher, ["999", "0808 800 5000"]),
    ] {
        let stopped = get(listener, "http://casino.example/");
        assert_eq!(stopped.status, 403);
        assert_eq!(
            field(&stopped.head, "content-type").as_deref(),
            Some("text/html; charset=utf-8"),
            "{}",
            stopped.head
        );
        assert!(
            field(&stopped.head, "content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'"))
        );
        assert_eq!(field(&stopped.head, "cache-control").as_deref(), Some("no-store"));
        for words in numbers.into_iter().chain(["Reference", "href=\"tel:", "Rivermead School", "/stopped"]) {
            assert!(stopped.body.contains(words), "no “{words}”: {}", stopped.body);
        }
        for tag in ["<button", "<form", "<input", "<script", "<img"] {
            assert!(!stopped.body.contains(tag), "{tag}: {}", stopped.body);
        }
        // The reference is the event's.
        let (_, reference) = stopped.body.split_once("<dt>Reference</dt><dd>").unwrap();
        let reference = reference.split('<').next().unwrap();
        until("the reference in the log", || {
            lines(&demonstration.data)
                .iter()
                .any(|line| line.contains(&format!("\"reference\":\"{reference}\"")))
                .then_some(())
        });
    }
}

fn assert_pages(demonstration: &Demonstration) {
    let web = demonstration.web;
    let status = page(web, "/");
    assert!(status.body.contains("Is the filter working?") && status.body.contains("Yes, requests are being judged"));
    // A browser shows nothing of why a tunnel was refused, so it stands on our own page. A visitor's are never opened.
    assert_eq!(connect(demonstration.visitor, "hide-me.example:443").status, 403);
    until("the refused tunnel", || page(web, "/stopped").body.contains("hide-me.example").then_some(()));
    let stopped = page(web, "/stopped");
    assert!(
        stopped.body.contains("casino.example") && stopped.body.contains("class=\"reference\""),
        "{}",
        stopped.body
    );
    assert!(!stopped.body.contains("helpline.example"));
    let help = page(web, "/help");
    assert!(help.body.contains("0800 1111"), "{}", help.body);
    let proxy_file = page(web, "/proxy.pac");
    assert!(proxy_file.body.contains("FindProxyForURL"), "{}", proxy_file.body);
    assert!(proxy_file.body.contains(&demonstration.proxy.to_string()), "{}", proxy_file.body);
    for path in ["/healthz", "/wpad.dat", "/style.css", "/icon.svg", "/?live"] {
        assert_eq!(page(web, path).status, 200, "{path}");
    }
    let health = page(SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, web.port())), "/healthz");
    assert_eq!(health.body, "working\n", "on the other loopback");
}

#[test]
fn another_free_port_is_taken_where_one_is_busy_and_the_state_outlives_a_restart() {
    let folder = Folder::new();
    let busy = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let [proxy, web] = busy.each_ref().map(|listener| listener.local_addr().unwrap().port());
    let first = Demonstration::start_on(folder.path(), proxy, web);
    assert_ne!(first.proxy.port(), proxy);
    assert_ne!(first.web.port(), web);
    assert_eq!(get(first.proxy, "http://rivers.lesson.example/").status, 200);
    assert_eq!(get(first.chloe, "http://news.example/").status, 200);
    assert_eq!(page(first.web, "/healthz").body, "working\n");

    let policy = std::fs::read_to_string(folder.path().join("policy.toml")).unwrap();
    let changed = folder.path().join("changed.toml");
    std::fs::write(&changed, policy + &crate::school::closing("news.example")).unwrap();
    let config = folder.path().join("holdfast.toml");
    let (changed, config) = (changed.to_str().unwrap(), config.to_str().unwrap());
    let arguments = ["policy", "change", changed, "--why", "A test", "--as", "head", "--config", config];
    let done = crate::common::run(&arguments, "otters by the weir\n");
    assert!(done.status.success(), "{}", crate::common::said(&done));
    until("the change", || (get(first.chloe, "http://news.example/").status == 403).then_some(()));
    let logged = until("the refusal in the log", || {
        let lines = lines(folder.path());
        lines.iter().any(|line| line.contains("news.example") && line.contains("blocked")).then_some(lines)
    });
    assert!(first.program.stop().success());
    assert!(lines(folder.path()).starts_with(&logged), "a stop takes nothing out of the log");

    let second = Demonstration::start(folder.path());
    assert_eq!(get(second.chloe, "http://news.example/").status, 403);
    assert_eq!(get(second.teacher, "http://social.example/").status, 200);
    assert!(page(second.web, "/").body.contains("version 2"));
    assert!(lines(folder.path()).starts_with(&logged), "a restart takes nothing out of the log");
    let config = std::fs::read_to_string(folder.path().join("holdfast.toml")).unwrap();
    let mut another = Program::start(&["demo", "--data", folder.path().to_str().unwrap()]);
    until("a second demonstration on the same folder to be refused", || another.has_ended().then_some(()));
    until("its reason", || another.errors().contains("Another Holdfast is writing").then_some(()));
    assert_eq!(std::fs::read_to_string(folder.path().join("holdfast.toml")).unwrap(), config);
    second.assert_serving();
}
