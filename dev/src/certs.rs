//! Keys and certificates of one control plane. Made once per folder, so a restart changes nothing for clients.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::files::{FileError, read_if_exists, write_private};
use crate::layout::Layout;

/// Why keys and certificates could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// One could not be made.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
}

/// Makes what is missing and returns the CA certificate.
pub(crate) fn ensure(layout: &Layout) -> Result<String, Error> {
    if !layout.service_account_key().is_file() {
        let pair = KeyPair::generate()?;
        write_private(&layout.service_account_public_key(), &pair.public_key_pem())?;
        write_private(&layout.service_account_key(), &pair.serialize_pem())?;
    }
    // The CA is written last: if it is there, all is.
    if let Some(ca) = read_if_exists(&layout.ca())? {
        return Ok(ca);
    }
    let ca = authority()?;
    write_server(&ca, &layout.server_certificate(), &layout.server_key())?;
    write_private(&layout.ca(), &ca.pem())?;
    Ok(ca.pem())
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, Error> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(DnType::CommonName, "handoff-dev");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn write_server(ca: &CertifiedIssuer<'_, KeyPair>, certificate: &Path, key: &Path) -> Result<(), Error> {
    let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let pair = KeyPair::generate()?;
    write_private(certificate, &params.signed_by(&pair, ca)?.pem())?;
    write_private(key, &pair.serialize_pem())?;
    Ok(())
}
