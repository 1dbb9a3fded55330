//! RF033: no dedicated data endpoints.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::NoDataEndpoints,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "Layers come from storage accounts that Azure picks. A firewall of the clients must then allow \
            `*.blob.core.windows.net`, which is every storage account in Azure.",
    remedy: "let the firewalls of the clients allow the hosts of `ringfence endpoints {registry}{flags}`, then set `dataEndpoint: true`",
    article: Some(articles::DATA_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::DataEndpointEnabled;
    if !subject.restricts() || subject.settings.flag(setting) != Some(false) {
        return Vec::new();
    }
    vec![Violation::new("dedicated data endpoints are off").at(subject.place(setting))]
}
