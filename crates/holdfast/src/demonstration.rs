//! `holdfast demo`: everything on this computer, with a fictional school and a practice range, and what to try.

use crate::{
    serve::{Manner, Running},
    store,
};
use clap::Args;
use holdfast_activity::recent::Verdict;
use holdfast_demo::{
    invitation::Invitation,
    range::{Range, RunningRange},
    school::{self, DEMO_PASSWORD, SAMPLE_PEOPLE},
    staff, term,
    verdict_line::verdict_line,
};
use holdfast_duty::{compile_in_child, data_folder::DataFolder};
use holdfast_gateway::sign_in::hash_password;
use holdfast_machine::{
    config::{Config, Inspection},
    demonstration::Plan,
    heartbeat::told_to_stop,
    sockets::Sockets,
};
use holdfast_records::{Records, access::Duty};
use holdfast_web::{Demonstration, DemonstrationPerson, DemonstrationPupil};
use jiff::Timestamp;
use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{broadcast, watch},
    time,
};

/// The port that people are told to use for the proxy, and those after it for the sample people.
const PROXY_PORT: u16 = 3128;
/// The port of our own pages.
const WEB_PORT: u16 = 8080;
/// The port of the name service, and those after it for the sample people.
const DNS_PORT: u16 = 5300;
/// The port of the name service over HTTPS.
const SECURE_DNS_PORT: u16 = 5443;
/// Where the practice range is: another address than the filter's own, so that the two can be told apart.
const RANGE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// How long the fictional school may take to come into force.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the demonstration keeps its state.
#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the state in this folder, and the secrets of its store beside it in `FOLDER-secrets`; otherwise all is gone when
    /// the demonstration ends.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The proxy's port; another free one where it is taken.
    #[arg(long, default_value_t = PROXY_PORT)]
    proxy_port: u16,
    /// The port of our own pages; another free one where it is taken.
    #[arg(long, default_value_t = WEB_PORT)]
    web_port: u16,
    /// The name service's port; another free one where it is taken.
    #[arg(long, default_value_t = DNS_PORT)]
    dns_port: u16,
    /// The port of the name service over HTTPS; another free one where it is taken.
    #[arg(long, default_value_t = SECURE_DNS_PORT)]
    secure_dns_port: u16,
}

impl Demo {
    /// Runs until it is told to stop.
    pub fn run(&self) -> Result<String, String> {
        let temporary = match &self.data {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(|fault| format!("No temporary folder could be made: {fault}."))?),
        };
        let in_temporary = || temporary.as_ref().map(|folder| folder.path().join("data"));
        let data = self.data.clone().or_else(in_temporary).unwrap_or_default();
        let secrets = beside(&data).map_err(|fault| format!("{}: {fault}.", data.display()))?;
        let folder = DataFolder::open(&data).map_err(|fault| format!("{}: {fault}.", data.display()))?;
        say("Holdfast is getting ready: writing the fictional school and compiling its lists …");
        let hash = hash_password(DEMO_PASSWORD).map_err(|fault| fault.to_string())?;
        prepare(&folder, &hash)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|fault| format!("The program cannot start: {fault}."))?;
        runtime.block_on(self.show(&data, &secrets, &hash))
    }

    async fn show(&self, data: &Path, secrets: &Path, hash: &str) -> Result<String, String> {
        let range = Range::start(SocketAddr::from((RANGE, 0))).await;
        let range = range.map_err(|fault| format!("The practice range cannot start: {fault}"))?;
        let authority = range.authority_file(data)?;
        let (sockets, config) = self.sockets((data, secrets), &range, authority.path()).await?;
        let port = |name: &str, address: Option<SocketAddr>| Some((Arc::from(name), address?.port()));
        let ports: Vec<(Arc<str>, u16)> =
            config.proxies.iter().filter_map(|proxy| port(&proxy.name, proxy.listen.first().copied())).collect();
        let listeners = || config.dns.iter().flat_map(|dns| &dns.listeners);
        let name_ports: Vec<(Arc<str>, u16)> =
            listeners().filter_map(|names| port(&names.name, names.plain.first().copied())).collect();
        let secure_names_port = listeners().find_map(|names| names.https.first()).map_or(0, SocketAddr::port);
        let manner = Manner { demonstration: Some(people()), shared_computer: true, stays_here: true };
        // Before the program opens the store: the school has lived through its term by then.
        term::live(&store::place_of(&config, true), hash, Timestamp::now()).await?;
        let running = Running::start(&config, sockets, &manner)?;
        let pupil = sample_pupil(running.records()).await?;
        // What the invitation promises holds for the people of the store.
        time::timeout(PATIENCE, running.led_by_store())
            .await
            .map_err(|_elapsed| "The fictional school did not come into force; see the messages above.".to_owned())?;
        // Only now: another demonstration on the same folder is refused, and leaves the first one's config as it is.
        write_config(data, &config)?;
        let program = std::env::args().next().unwrap_or_else(|| "holdfast".to_owned());
        let invitation = Invitation {
            own_address: &config.web.address,
            ports: &ports,
            name_ports: &name_ports,
            secure_names_port,
            range: range.address,
            range_authority: authority.path(),
            program: &program,
            data_folder: data,
            pupil: pupil.as_deref(),
        };
        say(&invitation.to_string());
        let verdicts = tokio::spawn(show_verdicts(running.recent.subscribe()));
        told_to_stop().await;
        verdicts.abort();
        running.stop().await;
        range.stop().await;
        Ok("The demonstration has ended.".to_owned())
    }

    /// Binds everything, and writes the config that says so.
    async fn sockets(
        &self,
        (data, secrets): (&Path, &Path),
        range: &RunningRange,
        authority: &Path,
    ) -> Result<(Sockets, Config), String> {
        let own = holdfast_web::loopback(self.web_port).await.map_err(|fault| fault.to_string())?;
        let web = own.listeners.into_iter().map(tokio::net::TcpListener::into_std).collect::<Result<Vec<_>, _>>();
        let web = web.map_err(|fault| format!("Our own pages cannot start: {fault}."))?;
        let plan = Plan {
            data,
            secrets,
            web: (web, own.port),
            range: range.address,
            extra_roots: vec![authority.to_owned()],
            proxy_port: self.proxy_port,
            dns_port: self.dns_port,
            secure_dns_port: self.secure_dns_port,
            people: &SAMPLE_PEOPLE.map(|person| person.listener),
        };
        plan.bind()
    }
}

/// The folder of the store's secrets: beside the data folder, never in it, because what is copied with the store opens nothing.
fn beside(data: &Path) -> io::Result<PathBuf> {
    let whole = std::path::absolute(data)?;
    let mut name = whole.file_name().unwrap_or_default().to_owned();
    name.push("-secrets");
    Ok(whole.with_file_name(name))
}

fn say(text: &str) {
    // A closed terminal must not end the filter.
    drop(writeln!(io::stdout(), "{text}"));
}

/// The school's documents and its invented lists, put in as a school would put in its own, and compiled.
fn prepare(folder: &DataFolder, hash: &str) -> Result<(), String> {
    school::move_in(folder.path(), Timestamp::now(), hash)?;
    compile_in_child::compile_in_child(folder).map(drop)
}

/// The id of a pupil to try things out with, once the program has opened the school's store.
async fn sample_pupil(mut records: watch::Receiver<Option<Records>>) -> Result<Option<String>, String> {
    let open =
        records.wait_for(Option::is_some).await.map_err(|_ended| "The records' store broke off.".to_owned())?.clone();
    match open {
        Some(records) => Ok(staff::sample_pupil(&records).await?.map(|pupil| pupil.to_string())),
        None => Ok(None),
    }
}

/// Whom a visitor may be with one press.
fn people() -> Demonstration {
    let people = staff::roles().map(|role| DemonstrationPerson {
        sign_in_name: role.sign_in_name.to_owned(),
        name: role.name.to_owned(),
        role: role.duty.map_or("member of staff", Duty::title).to_owned(),
        words: role.words.to_owned(),
    });
    Demonstration {
        school: staff::SCHOOL_CODE.to_owned(),
        password: staff::RECORDS_PASSWORD.to_owned(),
        people: people.collect(),
        pupils: staff::pupils().map(pupil).into(),
    }
}

fn pupil(pupil: staff::PupilRole) -> DemonstrationPupil {
    DemonstrationPupil {
        name: pupil.name.to_owned(),
        class: pupil.class.to_owned(),
        teacher: pupil.teacher.to_owned(),
        words: pupil.words.to_owned(),
    }
}

/// The config as a school would write it, for reading; the demonstration itself has it in memory. Ours has the secret of
/// its throw-away authority in the data folder, which is refused to a school, so it is not written down.
fn write_config(data: &Path, config: &Config) -> Result<(), String> {
    let mut config = config.clone();
    config.inspection.secret = Inspection::default().secret;
    let text = toml::to_string(&config).map_err(|fault| fault.to_string())?;
    let file = data.join("holdfast.toml");
    std::fs::write(&file, text).map_err(|fault| format!("{}: {fault}.", file.display()))
}

async fn show_verdicts(mut verdicts: broadcast::Receiver<Arc<Verdict>>) {
    loop {
        match verdicts.recv().await {
            Ok(verdict) => say(&verdict_line(&verdict)),
            Err(broadcast::error::RecvError::Lagged(missed)) => say(&format!("  … {missed} more")),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
