//! TLS: the handshake, and who has issued the certificate.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use super::stream::AnyStream;
use crate::doctor::{Tls, TlsOutcome};

/// The certificate authorities to trust.
pub(super) struct TrustedCas {
    /// The platform's verifier, or the reason why there is none.
    verifier: Result<Arc<Verifier>, String>,
}

impl TrustedCas {
    /// Trusts the platform's authorities and those in `ca_pem`.
    pub(super) fn new(ca_pem: Option<&[u8]>) -> Self {
        let mut extra = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(ca_pem.unwrap_or_default()).flatten() {
            extra.push(certificate);
        }
        let verifier = Verifier::new_with_extra_roots(extra, provider());
        Self {
            verifier: verifier.map(Arc::new).map_err(|error| error.to_string()),
        }
    }

    /// Shakes hands with a host. Returns what was seen, and the stream if the certificate is trusted.
    pub(super) async fn connect(&self, host: &str, stream: AnyStream) -> (Tls, Option<AnyStream>) {
        match self.try_connect(host, stream).await {
            Ok((issuer, Ok(stream))) => (tls(issuer, TlsOutcome::Done), Some(stream)),
            Ok((issuer, Err(error))) => (tls(issuer, outcome_of(&error)), None),
            Err(reason) => (tls(None, TlsOutcome::Failed(reason)), None),
        }
    }

    async fn try_connect(
        &self,
        host: &str,
        stream: AnyStream,
    ) -> Result<(Option<String>, io::Result<AnyStream>), String> {
        let verifier = Arc::new(Recorder {
            inner: self.verifier.clone()?,
            issuer: Mutex::default(),
        });
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_no_client_auth();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let connected = connected.map(|stream| Box::new(stream) as AnyStream);
        Ok((verifier.issuer(), connected))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn tls(issuer: Option<String>, outcome: TlsOutcome) -> Tls {
    Tls { issuer, outcome }
}

/// Verifier that remembers who has issued the certificate. The decision is the platform's.
struct Recorder {
    inner: Arc<Verifier>,
    issuer: Mutex<Option<String>>,
}

impl Recorder {
    fn issuer(&self) -> Option<String> {
        self.issuer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok((_, certificate)) = X509Certificate::from_der(end_entity) {
            let mut issuer = self.issuer.lock().unwrap_or_else(PoisonError::into_inner);
            *issuer = Some(name_of(certificate.issuer()));
        }
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Writes the organisation and the name of an issuer.
fn name_of(name: &X509Name<'_>) -> String {
    let organisation = name.iter_organization().next();
    let common = name.iter_common_name().next();
    let mut parts = Vec::new();
    for attribute in [organisation, common].into_iter().flatten() {
        parts.extend(attribute.as_str().ok());
    }
    match parts.is_empty() {
        true => name.to_string(),
        false => parts.join(", "),
    }
}

fn outcome_of(error: &io::Error) -> TlsOutcome {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match (inner, error.kind()) {
        (Some(Error::InvalidCertificate(error)), _) => match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsOutcome::WrongName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => TlsOutcome::OutOfTime,
            _ => TlsOutcome::Untrusted,
        },
        (Some(other), _) => TlsOutcome::Failed(other.to_string()),
        (None, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
            TlsOutcome::Closed
        }
        (None, _) => TlsOutcome::Failed(error.to_string()),
    }
}
