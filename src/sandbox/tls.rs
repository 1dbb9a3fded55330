//! The sandbox's certificate authority and server certificate, made at each start and never stored.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::{Span, Zoned};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

/// Why no certificate could be made. Only broken cryptography gets here.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the TLS configuration was refused")]
    Config(#[from] rustls::Error),
}

pub(super) struct Tls {
    pub(super) ca_pem: String,
    pub(super) config: Arc<ServerConfig>,
}

/// Makes a CA and a certificate for `localhost`, both loopback addresses, `listen` and `announce`.
pub(super) fn make(listen: IpAddr, announce: Option<&str>) -> Result<Tls, TlsError> {
    let ca = CertifiedIssuer::self_signed(ca_params(), KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = server_params(listen, announce)?.signed_by(&key, &ca)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls {
        ca_pem: ca.pem(),
        config: Arc::new(config),
    })
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    name(&mut params, "ringfence sandbox CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for_a_year(&mut params);
    params
}

fn server_params(listen: IpAddr, announce: Option<&str>) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !listen.is_loopback() && !listen.is_unspecified() {
        names.push(listen.to_string());
    }
    names.extend(announce.map(str::to_owned));
    let mut params = CertificateParams::new(names)?;
    name(&mut params, "ringfence sandbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Python 3.13 refuses a server certificate without it.
    params.use_authority_key_identifier_extension = true;
    valid_for_a_year(&mut params);
    Ok(params)
}

fn name(params: &mut CertificateParams, text: &str) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, text);
}

/// Apple's verifier refuses server certificates that are valid for more than 398 days.
fn valid_for_a_year(params: &mut CertificateParams) {
    let today = Zoned::now();
    let day = |span: Span| {
        let date = today.date().saturating_add(span);
        let month = u8::try_from(date.month()).unwrap_or(1);
        let day = u8::try_from(date.day()).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), month, day)
    };
    params.not_before = day(Span::new().days(-2));
    params.not_after = day(Span::new().days(365));
}
