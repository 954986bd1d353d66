//! Certificate authorities that are trusted besides the system's.
use std::{fmt::Write, fs, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::aws::{Error, Result};

/// The certificates of a file that can be used; a bundle of a system may hold some that cannot.
#[derive(Clone)]
pub(super) struct CaBundle(Arc<[CertificateDer<'static>]>);

impl CaBundle {
    /// Reads the file that `setting` names.
    ///
    /// # Errors
    /// It cannot be read, or holds no certificate that can be used.
    pub(super) fn read(setting: &str, path: &str) -> Result<Self> {
        let wrong = |why: String| Error::InvalidSetting {
            what: format!("`{setting}` names `{path}`, {why}"),
            hint: "name a file that holds the certificates of authorities in PEM form".to_owned(),
        };
        let bytes = fs::read(path).map_err(|error| wrong(format!("which cannot be read: {error}")))?;
        let is_usable = |one: &CertificateDer<'static>| RootCertStore::empty().add(one.clone()).is_ok();
        let all = CertificateDer::pem_slice_iter(&bytes).filter_map(std::result::Result::ok);
        let usable: Vec<_> = all.filter(is_usable).collect();
        if usable.is_empty() {
            return Err(wrong("which holds no certificate".to_owned()));
        }
        Ok(Self(usable.into()))
    }

    /// Returns the certificates in PEM form.
    pub(super) fn pem(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, one| {
            let body = BASE64_STANDARD.encode(one);
            let _ = writeln!(text, "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----");
            text
        })
    }
}

/// Returns the settings of TLS with the system's certificate authorities and those of `bundle`.
pub(super) fn client_config(bundle: Option<&CaBundle>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(bundle.iter().flat_map(|bundle| bundle.0.iter().cloned()));
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
