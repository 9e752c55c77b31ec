//! What somebody who started the demonstration is told to try.

use crate::{
    school::{CHLOES_RESOLVER_NAME, DEMO_PASSWORD, SAMPLE_PEOPLE},
    staff::RECORDS_PASSWORD,
};
use std::{fmt, net::SocketAddr, path::Path, sync::Arc};

/// The invitation, made for the ports and folders of one demonstration.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// Where our own pages are, such as `http://localhost:8080`.
    pub own_address: &'a str,
    /// The proxy listeners and their ports: `proxy`, and one for each sample person.
    pub ports: &'a [(Arc<str>, u16)],
    /// The name-service listeners and their ports, named like the proxy's.
    pub name_ports: &'a [(Arc<str>, u16)],
    /// The port of the name service over HTTPS.
    pub secure_names_port: u16,
    /// Where the practice range is.
    pub range: SocketAddr,
    /// The file with the certificate of the practice range's own authority.
    pub range_authority: &'a Path,
    /// How this program is called from where it was started.
    pub program: &'a str,
    /// The data folder.
    pub data_folder: &'a Path,
    /// The id of a pupil in the records, if she is there.
    pub pupil: Option<&'a str>,
}

impl Invitation<'_> {
    /// What to try with secure pages.
    fn inside(&self) -> String {
        let data = self.data_folder.display();
        let asks = |listener: &str| {
            let port = self.port(listener);
            format!("curl --cacert '{data}/interception-authority.pem' -x 127.0.0.1:{port}")
        };
        let unopened = |listener: &str| {
            let port = self.port(listener);
            format!("curl --cacert '{}' -x 127.0.0.1:{port}", self.range_authority.display())
        };
        format!(
            "  Secure pages. For some groups they are opened to check them, under certificates of the school's own interception
  authority, which nothing outside this demonstration should trust. First its certificate, into a file:
    '{program}' inspection export --config '{data}/holdfast.toml' > '{data}/interception-authority.pem'
  Chloe's are opened: lessons, yes; a blocked page says why in its own place; of a lesson site one page alone is blocked:
    {chloe} https://rivers.lesson.example/
    {chloe} https://social.example/
    {chloe} https://volcanoes.lesson.example/after
  What is sent along for her: strict video, and only the school's own accounts (the practice range stands in for both):
    {chloe} https://www.youtube.com/
    {chloe} https://login.microsoftonline.com/
  A site's offer of HTTP/3, which would lead round the filter, is taken out of its answer:
    {chloe} -i https://quick.example/
  A wrong certificate is told of, and nobody can go past it:
    {chloe} https://expired-certificate.example/
  The school leaves the bank unopened: it comes under its own certificate, signed by the practice range's authority:
    {chloe_unopened} https://bank.example/
  A partner of the school, such as social care, is open to everybody, never opened, and its name stands in no log:
    {chloe_unopened} https://childrens-services.example/
  A teacher's pages are not read; a blocked one says why all the same:
    {teacher_unopened} https://social.example/
    {teacher} https://casino.example/
  In Chromium, with a home folder of its own, so that nothing else trusts these two authorities: the school's for what is
  opened, the practice range's for what is not (`certutil` is in Debian's package libnss3-tools):
    mkdir -p '{data}/browser/.pki/nssdb'
    certutil -d 'sql:{data}/browser/.pki/nssdb' -A -t C,, -n Rivermead -i '{data}/interception-authority.pem'
    certutil -d 'sql:{data}/browser/.pki/nssdb' -A -t C,, -n Range -i '{range_authority}'
    HOME='{data}/browser' chromium --user-data-dir='{data}/browser/profile' --proxy-server=127.0.0.1:{port} https://rivers.lesson.example/
  In Firefox, make a profile of its own (about:profiles) and import the same files there: Settings, Certificates, Authorities.
  Worth opening there: https://socket.example/ (WebSocket), https://tides.example/ (server-sent events),
  https://upload.example/there-and-back, https://mirror.example/ (what was asked), https://wrong-certificate.example/,
  https://bank.example/ (its certificate is the practice range's, not the school's)
",
            program = self.program,
            range_authority = self.range_authority.display(),
            chloe = asks("chloe"),
            teacher = asks("teacher"),
            chloe_unopened = unopened("chloe"),
            teacher_unopened = unopened("teacher"),
            port = self.port("chloe"),
        )
    }

    /// How the policy is looked at and changed.
    fn policy(&self) -> String {
        let data = self.data_folder.display();
        format!(
            "  The school's records: people, confidential files, settings, the policy, and a log that proves itself. They are worked
  with by command, and lie in '{data}/records' (SQLite). Who signs in: head, lead (for safeguarding), teacher, office, chair and others;
  the password of each of them is “{RECORDS_PASSWORD}”. Without the `echo`, a command asks for it.
  The policy is kept as versions. Into a file, to be changed there in any editor, and in force within a second of being put
  back; who changed it, when and why:
{show} > '{data}/changed-policy.toml'
{change}
{history}
",
            show = self.command("head", "policy show"),
            change = self.command("head", &format!("policy change '{data}/changed-policy.toml' --why 'A try'")),
            history = self.command("head", "policy history"),
        )
    }

    /// How people and confidential files are worked with.
    fn records(&self) -> String {
        let Some(pupil) = self.pupil else { return String::new() };
        format!(
            "  Who has which duty, and what a teacher finds of a pupil:
{duties}
{found}
  The teacher reports something about her, which needs no right to read; the safeguarding lead has it in her list, to be read
  with `file read` and the id that stands first:
{report}
{files}
  The office writes where she lives and cannot read it; it lies sealed, and the lead's password opens it. Her parents and
  carers, and who of them may be told something:
{address}
{details}
{telling}
  What the trust and the school decided, and what the policies say of it; then what is in the log of all this, and whether
  anybody altered it:
{setting}
{log}
{verify}
",
            duties = self.command("head", "duty list"),
            found = self.command("teacher", "person list rosa"),
            report = self.saying("teacher", "She did not want to go home.", &format!("file open --about {pupil}")),
            files = self.command("lead", "file list"),
            address = self.saying("office", "1 Weir Lane", &format!("person details write {pupil} address --not-given-out")),
            details = self.command("lead", &format!("person details show {pupil}")),
            telling = self.command("lead", &format!("person telling {pupil}")),
            setting = self.unsigned("setting show vc_review_days"),
            log = self.command("head", "audit show --most 12"),
            verify = self.unsigned("audit verify"),
        )
    }

    /// A line to type that gives a command as somebody.
    fn command(&self, who: &str, words: &str) -> String {
        format!("    echo '{RECORDS_PASSWORD}' | {} --as {who}", self.unsigned(words).trim_start())
    }

    /// The same with words of theirs, which are read behind the password: arguments could be read by everybody.
    fn saying(&self, who: &str, said: &str, words: &str) -> String {
        format!("    printf '%s\\n' '{RECORDS_PASSWORD}' '{said}' | {} --as {who}", self.unsigned(words).trim_start())
    }

    /// A line to type that gives a command for which nobody signs in.
    fn unsigned(&self, words: &str) -> String {
        format!("    '{}' {words} --config '{}/holdfast.toml'", self.program, self.data_folder.display())
    }

    fn port(&self, listener: &str) -> u16 {
        port_of(self.ports, listener)
    }

    fn name_port(&self, listener: &str) -> u16 {
        port_of(self.name_ports, listener)
    }
}

fn port_of(ports: &[(Arc<str>, u16)], listener: &str) -> u16 {
    ports.iter().find(|(name, _)| &**name == listener).map_or(0, |(_, port)| *port)
}

impl fmt::Display for Invitation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people: Vec<String> = SAMPLE_PEOPLE
            .iter()
            .map(|person| {
                format!(
                    "    127.0.0.1:{}   names at port {}   {}\n",
                    self.port(person.listener),
                    self.name_port(person.listener),
                    person.who
                )
            })
            .collect();
        write!(
            f,
            "
Holdfast is running with Rivermead School, which does not exist, and a practice range of fictional sites.
Nothing leaves this computer.

  Look here first:     {own}/             is the filter working?
                       {own}/stopped      what was stopped, and why
                       {own}/help         where to get help
                       {own}/demonstration   be one of the school's people with one press
                       {own}/sign-in      the same by name, such as head, lead, deputy, teacher, office, technician or
                                          chair (password {RECORDS_PASSWORD})

  The proxy:           127.0.0.1:{proxy}      nobody signed in: the policy for unknown people, the strictest
  One more for each sample person:
{people}
  Try this in another terminal.
  As nobody, or as one of the youngest: a lesson site is open, a casino is not.
    curl -x 127.0.0.1:{proxy} http://rivers.lesson.example/
    curl -x 127.0.0.1:{proxy} http://casino.example/
  As Chloe, an older pupil: news, yes; social media, no.
    curl -x 127.0.0.1:{chloe} http://news.example/
    curl -x 127.0.0.1:{chloe} http://social.example/
  As a teacher: social media, yes; a casino, no.
    curl -x 127.0.0.1:{teacher} http://social.example/
    curl -x 127.0.0.1:{teacher} http://casino.example/
  Signing in to the proxy as the teacher (password {DEMO_PASSWORD}):
    curl -x 127.0.0.1:{proxy} -U teacher:{DEMO_PASSWORD} http://social.example/
  Help is open to everybody, always, and nobody's visit to it is kept:
    curl -x 127.0.0.1:{proxy} http://helpline.example/
  Search is kept strict; another search engine leads back to the school's own:
    curl -i -x 127.0.0.1:{chloe} 'http://search.example/search?q=tides'
    curl -i -x 127.0.0.1:{chloe} 'http://otherfind.example/?q=tides'
  The name service (DNS) at 127.0.0.1:{names} is judged by the same rules; `dig` is in Debian's package bind9-dnsutils.
  A lesson site has an address; a casino has none, and the answer says why; a teacher's search is kept strict:
    dig @127.0.0.1 -p {names} rivers.lesson.example
    dig @127.0.0.1 -p {names} casino.example
    dig @127.0.0.1 -p {teacher_names} www.google.com
  The same over HTTPS, under Chloe's personal name, with the school's own certificate:
    '{program}' tls export --config '{data}/holdfast.toml' > '{data}/own-authority.pem'
    curl --cacert '{data}/own-authority.pem' --doh-url https://127.0.0.1:{secure}/dns-query/{CHLOES_RESOLVER_NAME} http://news.example:{range}/
    curl --cacert '{data}/own-authority.pem' --doh-url https://127.0.0.1:{secure}/dns-query/{CHLOES_RESOLVER_NAME} http://social.example:{range}/
{inside}  Why? The same function as the wire, with everything that was considered:
    '{program}' explain http://casino.example/ --as pupil-chloe --data '{data}'
  In a browser: set the proxy to 127.0.0.1:{chloe}, or the PAC file to {own}/proxy.pac, and open http://news.example/

{policy}{records}
The last verdicts, as they come (Ctrl-C ends the demonstration):
",
            own = self.own_address,
            inside = self.inside(),
            policy = self.policy(),
            records = self.records(),
            proxy = self.port("proxy"),
            names = self.name_port("dns"),
            teacher_names = self.name_port("teacher"),
            secure = self.secure_names_port,
            range = self.range.port(),
            people = people.concat(),
            chloe = self.port("chloe"),
            teacher = self.port("teacher"),
            program = self.program,
            data = self.data_folder.display(),
        )
    }
}
