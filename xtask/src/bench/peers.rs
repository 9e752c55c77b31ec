//! The origin and the peers: Debian's nginx, squid, e2guardian and haproxy, each with a configuration of our own in a
//! temporary folder.

use super::server::{Server, free_port};
use crate::command;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// What stands in the page, so that a forwarded answer can be told from any other.
pub(super) const MARK: &str = "holdfast-bench-page";

/// Writes a file, with the fault told in words.
pub(super) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), String> {
    fs::write(path, text).map_err(|fault| format!("{} cannot be written: {fault}", path.display()))
}

/// Makes a folder and hands its path back.
pub(super) fn make_folder(path: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(path).map_err(|fault| format!("{} cannot be made: {fault}", path.display()))?;
    Ok(path.to_owned())
}

/// Hands a folder to the user a server runs as, since squid and e2guardian drop root's rights at once.
pub(super) fn hand_over(folder: &Path, user: &str) -> Result<(), String> {
    let owner = format!("{user}:{user}");
    command::output(folder, "chown", &["-R", &owner, &folder.to_string_lossy()]).map(drop)
}

/// Where Debian keeps a program, since servers are not on everybody's path.
pub(super) fn program(name: &str) -> String {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    folders
        .iter()
        .map(|folder| format!("{folder}/{name}"))
        .find(|path| Path::new(path).is_file())
        .unwrap_or_else(|| name.to_owned())
}

/// nginx with one page of 1 KiB.
pub(super) fn origin(folder: &Path) -> Result<Server, String> {
    page_server(&make_folder(&folder.join("nginx"))?, "nginx", "")
}

/// nginx with one page of 1 KiB in a folder. `listening`: what follows the address in its `listen` and before the end
/// of that line, further lines with it.
pub(super) fn page_server(here: &Path, name: &'static str, listening: &str) -> Result<Server, String> {
    let port = free_port()?;
    let page = format!("<!doctype html><title>{MARK}</title>{}", "The river rises in the hills. ".repeat(40));
    write(&here.join("page.html"), &page.as_bytes()[..1024])?;
    let root = here.display();
    let text = format!(
        "daemon off;\nworker_processes 2;\npid {root}/nginx.pid;\nerror_log {root}/error.log warn;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 300s; tcp_nodelay on; sendfile on;\n\
         open_file_cache max=16; types {{ text/html html; }}\n\
         client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;\n\
         uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;\n\
         server {{ listen 127.0.0.1:{port} backlog=1024{listening}; root {root}; }} }}\n"
    );
    let file = here.join("nginx.conf");
    write(&file, text)?;
    let path = file.to_string_lossy();
    // Debian's nginx gives its workers another user when root starts it; the folder must be open to that one.
    Server::start(
        name,
        port,
        here,
        &[&program("nginx"), "-p", &here.to_string_lossy(), "-c", &path, "-e", "stderr"],
        Duration::from_secs(10),
    )
}

/// squid, one worker, nothing cached, its access log on, the names in an access list.
pub(super) fn squid(folder: &Path, names: &[String]) -> Result<Server, String> {
    let here = make_folder(&folder.join("squid"))?;
    let port = free_port()?;
    // squid refuses to start on overlapping names, so `names` holds none.
    let list = format!(".{}\n", names.join("\n."));
    write(&here.join("names"), list)?;
    let root = here.display();
    let text = format!(
        "http_port 127.0.0.1:{port}\nworkers 1\npid_filename {root}/squid.pid\ncoredump_dir {root}\n\
         cache deny all\ncache_mem 8 MB\naccess_log stdio:{root}/access.log\ncache_log {root}/cache.log\n\
         netdb_filename none\npinger_enable off\nshutdown_lifetime 1 seconds\nvisible_hostname bench.invalid\n\
         acl blocked dstdomain \"{root}/names\"\nhttp_access deny blocked\nhttp_access allow localhost\nhttp_access deny all\n"
    );
    let file = here.join("squid.conf");
    write(&file, text)?;
    hand_over(&here, "proxy")?;
    // Its shared memory has the service's name; that of a squid that was killed would keep this one from starting.
    let service = format!("bench{port}");
    Server::start(
        "squid",
        port,
        &here,
        &[&program("squid"), "-N", "-n", &service, "-f", &file.to_string_lossy()],
        Duration::from_secs(90),
    )
}

/// e2guardian as Debian ships it, with the names as its list of banned sites.
pub(super) fn e2guardian(folder: &Path, names: &[String]) -> Result<Server, String> {
    let here = folder.join("e2guardian");
    command::output(folder, "cp", &["-r", "/etc/e2guardian", &here.to_string_lossy()])?;
    let root = here.to_string_lossy().into_owned();
    let port = free_port()?;
    let files = command::output(&here, "grep", &["-rlI", "/etc/e2guardian", "."])?;
    for file in files.lines() {
        let path = here.join(file);
        // Some word lists are in old character sets; only their ASCII paths are changed.
        let bytes = fs::read(&path).map_err(|fault| format!("{} cannot be read: {fault}", path.display()))?;
        write(&path, replace_bytes(&bytes, b"/etc/e2guardian", root.as_bytes()))?;
    }
    write(&here.join("names"), names.join("\n") + "\n")?;
    let banned = here.join("lists/bannedsitelist");
    write(&banned, format!(".Include<{root}/names>\n"))?;
    let main = here.join("e2guardian.conf");
    let text = fs::read_to_string(&main).map_err(|fault| format!("e2guardian.conf cannot be read: {fault}"))?;
    let ours = ["filterip =", "filterports =", "pidfilename", "loglocation", "checkip"];
    let kept: Vec<&str> = text.lines().filter(|line| !ours.iter().any(|key| line.starts_with(key))).collect();
    let own = format!(
        "filterip = 127.0.0.1\nfilterports = {port}\ncheckip = 127.0.0.1\npidfilename = '{root}/e2guardian.pid'\nloglocation = '{root}/access.log'\n"
    );
    write(&main, kept.join("\n") + "\n" + &own)?;
    hand_over(&here, "e2guardian")?;
    Server::start(
        "e2guardian",
        port,
        &here,
        &[&program("e2guardian"), "-N", "-c", &main.to_string_lossy()],
        Duration::from_mins(1),
    )
}

/// haproxy with one thread, passing everything to the origin: no filter, and so a reading of how fast it can be at all.
pub(super) fn haproxy(folder: &Path, origin: u16) -> Result<Server, String> {
    let here = make_folder(&folder.join("haproxy"))?;
    let port = free_port()?;
    let text = format!(
        "global\n  nbthread 1\n  maxconn 4096\n\
         defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  http-reuse always\n\
         listen bench\n  bind 127.0.0.1:{port}\n  server origin 127.0.0.1:{origin}\n"
    );
    let file = here.join("haproxy.cfg");
    write(&file, text)?;
    Server::start(
        "haproxy",
        port,
        &here,
        &[&program("haproxy"), "-db", "-f", &file.to_string_lossy()],
        Duration::from_secs(10),
    )
}

fn replace_bytes(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(from) {
            replaced.extend_from_slice(to);
            rest = after;
        } else {
            replaced.push(rest[0]);
            rest = &rest[1..];
        }
    }
    replaced
}
