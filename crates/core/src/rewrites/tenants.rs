//! Which organisations' accounts may be signed in to: the request fields by which each service is told (field notes
//! §4.2). Each service checks them itself, when somebody signs in.

use crate::{
    policy::source::{TenantService, TenantsSource},
    ruleset::rules::TenantField,
};

/// <https://support.google.com/a/answer/1668854>: on every request to `google.com`.
const GOOGLE: &[&str] = &["google.com"];
/// <https://learn.microsoft.com/entra/identity/enterprise-apps/tenant-restrictions>: where people sign in.
const MICROSOFT: &[&str] = &["login.microsoftonline.com", "login.microsoft.com", "login.windows.net"];
/// Where people sign in with personal Microsoft accounts.
const MICROSOFT_PERSONAL: &[&str] = &["login.live.com"];
/// <https://help.dropbox.com/security/network-control>.
const DROPBOX: &[&str] = &["dropbox.com"];
/// <https://slack.com/help/articles/360024821873>.
const SLACK: &[&str] = &["slack.com"];

/// A fault in an entry: the key it is at, what is wrong, what to do.
pub(crate) type Fault = (&'static str, &'static str, &'static str);

/// The hosts at which an entry holds only if they are opened: where its fields are sent, and where people sign in below
/// these. Nothing for an entry that is at fault.
pub(crate) fn hosts(entry: &TenantsSource) -> Vec<&'static str> {
    let sign_in = match entry.service {
        // Shipped as left unopened, so that opening the parent does not open it.
        TenantService::Google => Some("accounts.google.com"),
        TenantService::Dropbox => Some("www.dropbox.com"),
        TenantService::Microsoft | TenantService::Slack => None,
    };
    let fields = fields(entry).unwrap_or_default();
    let mut hosts: Vec<&str> = fields.iter().flat_map(|field| field.hosts).copied().chain(sign_in).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// What is sent where, so that the entry holds.
pub(crate) fn fields(entry: &TenantsSource) -> Result<Vec<TenantField>, Fault> {
    if entry.values.is_empty() {
        return Err(("values", "This entry allows no organisation.", "Name the school's own."));
    }
    let knows_personal = matches!(entry.service, TenantService::Google | TenantService::Microsoft);
    if entry.personal_accounts && !knows_personal {
        let message = "Personal accounts of this service cannot be told from others.";
        return Err(("personal_accounts", message, "Take the line out."));
    }
    let needs_context = matches!(entry.service, TenantService::Microsoft | TenantService::Slack);
    let context = match (&entry.context, needs_context) {
        (Some(context), true) => context.as_str(),
        (None, false) => "",
        (None, true) => {
            let message = "This service must be told whose restriction it is.";
            let cure =
                "Write `context`: the school's directory id (Microsoft), its workspace or organisation id (Slack).";
            return Err(("code", message, cure));
        }
        (Some(_), false) => {
            return Err(("context", "This service is not told whose restriction it is.", "Take the line out."));
        }
    };
    let values = entry.values.join(",");
    let field = |hosts, name, value: &str| TenantField { hosts, name, value: value.into() };
    Ok(match entry.service {
        TenantService::Google if entry.personal_accounts => {
            vec![field(GOOGLE, "x-googapps-allowed-domains", &format!("{values},consumer_accounts"))]
        }
        TenantService::Google => vec![field(GOOGLE, "x-googapps-allowed-domains", &values)],
        TenantService::Microsoft => {
            let mut fields = vec![
                field(MICROSOFT, "restrict-access-to-tenants", &values),
                field(MICROSOFT, "restrict-access-context", context),
            ];
            if !entry.personal_accounts {
                fields.push(field(MICROSOFT_PERSONAL, "sec-restrict-tenant-access-policy", "restrict-msa"));
            }
            fields
        }
        TenantService::Dropbox => vec![field(DROPBOX, "x-dropbox-allowed-team-ids", &values)],
        TenantService::Slack => vec![
            field(SLACK, "x-slack-allowed-workspaces-requester", context),
            field(SLACK, "x-slack-allowed-workspaces", &values),
        ],
    })
}
