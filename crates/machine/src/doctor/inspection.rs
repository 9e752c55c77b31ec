//! Opening secure pages to check them: the authority, its secret, and whether the policy wants what the config allows.

use super::Finding;
use crate::{
    config::Config,
    interception::{self, Source},
    x509::day,
};
use jiff::Timestamp;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

const TOPIC: &str = "inspection";

/// `opens` is whether the policy wants anything opened.
pub(super) fn examine(config: &Config, opens: bool, is_running: bool, now: Timestamp) -> Vec<Finding> {
    let Some(source) = config.inspection_source("") else {
        return opens.then(disabled).into_iter().collect();
    };
    let mut findings = Vec::new();
    if source.files.is_none() {
        findings.extend(secret(config));
    }
    let roots = interception::roots_fault(&source);
    findings.extend(roots.map(|fault| {
        Finding::fault(TOPIC, fault, "Until then Holdfast does not start; one that runs trusts those from before.")
    }));
    // Told above, and not again.
    let source = Source { extra_roots: Vec::new(), ..source };
    findings.push(match interception::examine(&source, now) {
        None if is_running => Finding::fault(
            TOPIC,
            format!("The service runs, and there is no own interception authority in {}.", source.folder.display()),
            "The status page and `journalctl -u holdfast` say why it could not be made. Until it is there, what the policy wants opened is refused.",
        ),
        None => Finding::fine(TOPIC, "An own interception authority is made at the first start."),
        Some(standing) => match (standing.alarm, standing.expires) {
            (Some(alarm), _) if !standing.opens => Finding::fault(TOPIC, alarm, ""),
            (Some(alarm), _) => Finding::attention(TOPIC, alarm, "docs/inspection.md, “Renewal”"),
            (None, ends) => Finding::fine(
                TOPIC,
                format!(
                    "The interception authority holds until {}.",
                    ends.map_or_else(|| "an unknown day".to_owned(), day)
                ),
            ),
        },
    });
    findings
}

fn disabled() -> Finding {
    Finding::fault(
        TOPIC,
        "The policy wants secure pages opened, and the config has no `[inspection]` with `enabled = true`.",
        "What should be opened is refused. Write it into the config, then: systemctl restart holdfast (docs/inspection.md). Or take `inspection` out of the policy.",
    )
}

/// Who else may read what locks the key.
fn secret(config: &Config) -> Option<Finding> {
    let path = &config.inspection.secret;
    let found = fs::metadata(path).ok()?;
    let told = path.display();
    if found.permissions().mode() & 0o007 != 0 {
        return Some(Finding::fault(
            TOPIC,
            format!(
                "{told}, the secret that locks the interception authority's key, is open to every account of this machine."
            ),
            format!(
                "chmod o= {told}\nWho may have read it, and the data folder too, can pose as any site to your devices: holdfast inspection roll-over"
            ),
        ));
    }
    let real = |path: &Path| fs::canonicalize(path).ok();
    let is_inside = real(path).zip(real(&config.data)).is_some_and(|(secret, data)| secret.starts_with(data));
    is_inside.then(|| {
        Finding::attention(
            TOPIC,
            format!("{told}, the secret that locks the interception authority's key, is inside the data folder."),
            "A copy of that folder can sign certificates. Move the file out, for example to /etc/holdfast, and name it under `[inspection] secret`.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Inspection, doctor::Grade};

    #[test]
    fn an_extra_authority_that_cannot_be_read_is_a_fault_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut config: Config = toml::from_str(
            "data = \"data\"\n[web]\nlisten = [\"127.0.0.1:8080\"]\naddress = \"http://filter.school.example:8080/\"\n",
        )
        .unwrap();
        config.data = folder.path().join("data");
        config.inspection = Inspection {
            enabled: true,
            secret: folder.path().join("secret"),
            extra_roots: vec![folder.path().join("extra.pem")],
            ..Inspection::default()
        };
        fs::create_dir(&config.data).unwrap();
        let without = Source { extra_roots: Vec::new(), ..config.inspection_source("Oak").unwrap() };
        drop(interception::Interception::open(without).unwrap());
        let findings = examine(&config, true, true, Timestamp::now());
        let told: Vec<&Finding> = findings.iter().filter(|found| found.words.contains("extra.pem")).collect();
        assert!(told.len() == 1 && told.iter().all(|found| found.grade == Grade::Fault), "{findings:?}");
    }
}
