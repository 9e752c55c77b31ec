//! The page over TLS, and those that open it: squid and Holdfast.

use crate::{
    bench::{
        holdfast::{self, EVERYBODY_TOLD, PEOPLE, POLICY},
        peers,
        server::{Server, free_port},
    },
    command,
    repository::Repository,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize,
};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::Duration,
};

/// The name that the page has over TLS.
pub(super) const HOST: &str = "page.bench.example";

/// Names on Holdfast's list. How many hardly matters here; the other measurements have a million.
const NAMES: u32 = 1_000;

/// The page's server and its authority.
pub(super) struct Origin {
    pub(super) server: Server,
    /// The authority that signed the origin's certificate, in PEM.
    pub(super) authority: String,
}

/// The kind of an authority's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    /// RSA-2048.
    Rsa,
    /// P-256, as Holdfast's own.
    P256,
}

impl Signing {
    fn key(self) -> Result<KeyPair, String> {
        let made = match self {
            Self::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        };
        made.map_err(|fault| fault.to_string())
    }
}

fn authority(name: &str, signing: Signing) -> Result<CertifiedIssuer<'static, KeyPair>, String> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, signing.key()?).map_err(|fault| fault.to_string())
}

/// nginx with one page of 1 KiB over TLS, its certificate's key RSA-2048; HTTP/1.1, tickets and memory for resumption on.
pub(super) fn origin(folder: &Path) -> Result<Origin, String> {
    let here = peers::make_folder(&folder.join("secure-nginx"))?;
    let issuer = authority("Bench origin authority", Signing::Rsa)?;
    let key = Signing::Rsa.key()?;
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).map_err(|fault| fault.to_string())?;
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &issuer).map_err(|fault| fault.to_string())?;
    peers::write(&here.join("site.pem"), certificate.pem())?;
    peers::write(&here.join("site.key"), key.serialize_pem())?;
    let root = here.display();
    let tls = format!(
        " ssl;\nssl_certificate {root}/site.pem; ssl_certificate_key {root}/site.key;\n\
         ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:bench:16m; ssl_session_timeout 10m"
    );
    let server = peers::page_server(&here, "nginx over TLS", &tls)?;
    Ok(Origin { server, authority: issuer.pem() })
}

/// squid with `ssl-bump`: peeks at the greeting, connects to the site, and meets the client with a certificate that it
/// makes and remembers; its certificates have the authority's own key. One worker, nothing cached, its access log on. The
/// authority in PEM comes with it.
pub(super) fn squid(folder: &Path, origin: &Origin, signing: Signing) -> Result<(Server, String), String> {
    let name = match signing {
        Signing::Rsa => "squid, RSA-2048",
        Signing::P256 => "squid, P-256",
    };
    let here = peers::make_folder(&folder.join(name.replace(", ", "-")))?;
    let port = free_port()?;
    let issuer = authority("Bench squid authority", signing)?;
    peers::write(&here.join("own.pem"), issuer.pem() + &issuer.key().serialize_pem())?;
    peers::write(&here.join("origin.pem"), &origin.authority)?;
    peers::write(&here.join("hosts"), format!("127.0.0.1 {HOST}\n"))?;
    let root = here.display();
    let helper = "/usr/lib/squid/security_file_certgen";
    let store = here.join("made").to_string_lossy().into_owned();
    command::output(&here, helper, &["-c", "-s", &store, "-M", "16MB"])?;
    let text = format!(
        "http_port 127.0.0.1:{port} ssl-bump tls-cert={root}/own.pem generate-host-certificates=on \
         dynamic_cert_mem_cache_size=16MB\n\
         sslcrtd_program {helper} -s {store} -M 16MB\nsslcrtd_children 4\n\
         tls_outgoing_options cafile={root}/origin.pem\nhosts_file {root}/hosts\n\
         acl first at_step SslBump1\nssl_bump peek first\nssl_bump bump all\n\
         workers 1\npid_filename {root}/squid.pid\ncoredump_dir {root}\n\
         cache deny all\ncache_mem 8 MB\naccess_log stdio:{root}/access.log\ncache_log {root}/cache.log\n\
         netdb_filename none\npinger_enable off\nshutdown_lifetime 1 seconds\nvisible_hostname bench.invalid\n\
         acl clients src 127.0.0.0/8\nhttp_access allow clients\nhttp_access deny all\n"
    );
    let file = here.join("squid.conf");
    peers::write(&file, text)?;
    peers::hand_over(&here, "proxy")?;
    let service = format!("bench{port}");
    let path = file.to_string_lossy();
    let command = [&*peers::program("squid"), "-N", "-n", &service, "-f", &path];
    let server = Server::start(name, port, &here, &command, Duration::from_secs(30))?;
    Ok((server, issuer.pem()))
}

/// Holdfast with everything on and every secure connection of the group opened. Its authority in PEM comes with it.
pub(super) fn holdfast(repository: &Repository, folder: &Path, origin: &Origin) -> Result<(Server, String), String> {
    let names: Vec<String> = (0..NAMES).map(|number| format!("casino-{number}.bench.example")).collect();
    let judging = "default = \"allow\"\n";
    let policy = POLICY.replace(judging, &format!("{judging}inspection = {{ extent = \"everything\" }}\n"));
    let people = [EVERYBODY_TOLD, PEOPLE].concat();
    let prepared = holdfast::prepare(repository, folder, &names, &policy, &people)?;
    let (here, data) = (&prepared.folder, &prepared.data);
    let (proxy, web) = (free_port()?, free_port()?);
    let roots = here.join("origin.pem");
    peers::write(&roots, &origin.authority)?;
    let text = format!(
        "data = \"{data}\"\n[web]\nlisten = [\"127.0.0.1:{web}\"]\naddress = \"http://localhost:{web}\"\n\
         [[proxy]]\nname = \"bench\"\nlisten = [\"127.0.0.1:{proxy}\"]\n\
         [[listed]]\nnames = [\"{HOST}\"]\naddresses = [\"127.0.0.1:{}\"]\n\
         [inspection]\nenabled = true\nsecret = \"{}\"\nextra_roots = [\"{}\"]\n",
        origin.server.port,
        here.join("interception.secret").display(),
        roots.display()
    );
    let config = here.join("holdfast.toml");
    peers::write(&config, text)?;
    let config = config.to_string_lossy();
    let command = [prepared.program.as_str(), "serve", "--config", &config];
    let server = Server::start_until("holdfast", proxy, here, &command, Duration::from_secs(30), answers)?;
    let authority = command::output(here, &prepared.program, &["inspection", "export", "--config", &config])?;
    Ok((server, authority))
}

/// Whether a proxy answers a request, whatever the answer is. Its socket takes connections before it has made its
/// authority.
fn answers(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        stream.read_exact(&mut [0])
    };
    ask().is_ok()
}
