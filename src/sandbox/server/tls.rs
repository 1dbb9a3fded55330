//! The sandbox's certificate authority and its server certificates. They are made at each start and never stored.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{Span, Zoned};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};

use super::own_names::own_names;
use crate::sandbox::data_plane::visit::is_host;

/// Most certificates of registries that are kept. Further ones are made for each connection.
const CERTIFICATES: usize = 1000;

/// Error of making a certificate. It needs broken cryptography.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate or its key could not be made.
    #[error("the certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// The key or the protocol versions were refused.
    #[error("the TLS configuration was refused")]
    Config(#[from] rustls::Error),
}

/// Certificates of a sandbox.
pub(crate) struct Tls {
    /// The authority's certificate, for clients to trust.
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

/// Makes an authority, and a certificate for `localhost`, both loopback addresses, `listen` and the names in `announce`.
/// Certificates of registries are made when a client asks for their host.
pub(crate) fn make(listen: IpAddr, announce: &[String]) -> Result<Tls, TlsError> {
    let ca = CertifiedIssuer::self_signed(ca_params(), KeyPair::generate()?)?;
    let ca_pem = ca.pem();
    // All server certificates have one key.
    let key = KeyPair::generate()?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let private = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let signing = provider.key_provider.load_private_key(private)?;
    let issuer = Issuer { ca, key, signing };
    let own = issuer.issue(own_names(listen, announce))?;
    let certificates = Certificates {
        issuer,
        own,
        registries: Mutex::default(),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls {
        ca_pem,
        config: Arc::new(config),
    })
}

/// Issues certificates, all for one key.
struct Issuer {
    ca: CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
    signing: Arc<dyn SigningKey>,
}

/// Chooses the certificate for the host that a client names.
struct Certificates {
    issuer: Issuer,
    own: Arc<CertifiedKey>,
    /// By host. A name of a registry gets one even if there is no such registry; the answer says so then.
    registries: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Issuer {
    fn issue(&self, names: Vec<String>) -> Result<Arc<CertifiedKey>, TlsError> {
        let certificate = server_params(names)?.signed_by(&self.key, &self.ca)?;
        let chain = vec![certificate.der().clone()];
        Ok(Arc::new(CertifiedKey::new(chain, Arc::clone(&self.signing))))
    }
}

impl Certificates {
    fn registry(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let mut known = self.registries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(name) {
            return Some(Arc::clone(found));
        }
        let made = self.issuer.issue(vec![name.to_owned()]).ok()?;
        // A client may name hosts without end.
        if known.len() < CERTIFICATES {
            known.insert(name.to_owned(), Arc::clone(&made));
        }
        Some(made)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = hello.server_name() {
            let name = name.to_ascii_lowercase();
            if is_host(&name) {
                return self.registry(&name);
            }
        }
        Some(Arc::clone(&self.own))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    name(&mut params, "ringfence sandbox CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for_a_year(&mut params);
    params
}

fn server_params(names: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    name(&mut params, "ringfence sandbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Python 3.13 refuses a server certificate without this extension.
    params.use_authority_key_identifier_extension = true;
    valid_for_a_year(&mut params);
    Ok(params)
}

fn name(params: &mut CertificateParams, text: &str) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, text);
}

/// Makes a certificate valid for a year. Apple's verifier refuses server certificates of more than 398 days.
fn valid_for_a_year(params: &mut CertificateParams) {
    let today = Zoned::now().date();
    // Clocks and time zones differ.
    let (year, month, day) = year_month_day(today.saturating_add(Span::new().days(-2)));
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = year_month_day(today.saturating_add(Span::new().days(365)));
    params.not_after = rcgen::date_time_ymd(year, month, day);
}

fn year_month_day(date: Date) -> (i32, u8, u8) {
    let month = u8::try_from(date.month()).unwrap_or(1);
    let day = u8::try_from(date.day()).unwrap_or(1);
    (date.year().into(), month, day)
}
