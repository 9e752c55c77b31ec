//! Which authorities are taken, and which are not.

use super::*;
use crate::secure::tests::made::{Signer, authority_params, der, named, replaced, root, site_params};
use rcgen::{BasicConstraints, CertifiedIssuer, DnType, IsCa, KeyUsagePurpose, date_time_ymd};

/// An authority of the test's, as the gate takes it.
pub(crate) fn taken(signer: &Signer) -> Authority {
    Authority::new(vec![signer.der().clone()], &der(signer.key())).unwrap()
}

fn with_key(params: CertificateParams, algorithm: &'static rcgen::SignatureAlgorithm) -> Signer {
    CertifiedIssuer::self_signed(params, KeyPair::generate_for(algorithm).unwrap()).unwrap()
}

#[test]
fn authorities_of_the_usual_kinds_are_taken() {
    for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_RSA_SHA256] {
        let signer = with_key(authority_params("An authority"), algorithm);
        let authority = taken(&signer);
        let key = KeyPair::generate().unwrap();
        let signed = authority.sign(&site_params("rivers.example"), &key).unwrap();
        let (signed, own) = (read(&signed).unwrap(), signer.der().clone());
        signed.verify_signature(Some(read(&own).unwrap().public_key())).unwrap();
    }
}

#[test]
fn what_cannot_sign_is_told_why() {
    let good = root("An authority");
    let site = CertifiedIssuer::self_signed(site_params("rivers.example"), KeyPair::generate().unwrap()).unwrap();
    let mut without_signing = authority_params("An authority");
    without_signing.key_usages = vec![KeyUsagePurpose::CrlSign];
    let mut without_uses = authority_params("An authority");
    without_uses.key_usages.clear();
    let mut no_authority = authority_params("An authority");
    no_authority.is_ca = IsCa::ExplicitNoCa;
    let made = |params| with_key(params, &PKCS_ECDSA_P256_SHA256);
    let cut = CertificateDer::from(good.der()[..good.der().len() / 2].to_vec());
    let longer = CertificateDer::from([good.der(), &[0][..]].concat());
    let other = KeyPair::generate().unwrap();
    let mut twice = authority_params("An authority");
    twice.distinguished_name = named("An authority");
    twice.distinguished_name.push(DnType::OrganizationName, "School");
    twice.distinguished_name.push(DnType::OrganizationalUnitName, "Office");
    let twice = made(twice);
    // Both parts are organisational units now (X.520: 2.5.4.10 and 2.5.4.11).
    let in_two_units = replaced(twice.der(), &[0x55, 4, 10], &[0x55, 4, 11]);
    let short = with_key(authority_params("An authority"), &rcgen::PKCS_ED25519);
    let large = with_key(authority_params("An authority"), &rcgen::PKCS_ECDSA_P521_SHA512);
    for (what, certificates, key, words) in [
        ("nothing", vec![], good.key(), "There is no certificate"),
        ("a site", vec![site.der().clone()], site.key(), "may not sign others"),
        ("a use of another kind", vec![made(without_signing).der().clone()], good.key(), "may not sign others"),
        ("no use", vec![made(without_uses).der().clone()], good.key(), "may not sign others"),
        ("no authority", vec![made(no_authority).der().clone()], good.key(), "may not sign others"),
        ("a site behind", vec![good.der().clone(), site.der().clone()], good.key(), "may not sign others"),
        ("cut off", vec![cut], good.key(), "cannot be read"),
        ("something behind", vec![longer], good.key(), "cannot be read"),
        ("another key", vec![good.der().clone()], &other, "is not the one of its certificate"),
        ("an unusual name", vec![in_two_units], twice.key(), "unusual way"),
        (
            "Ed25519, which browsers do not take",
            vec![short.der().clone()],
            short.key(),
            "a kind that devices do not take",
        ),
        ("P-521, likewise", vec![large.der().clone()], large.key(), "a kind that devices do not take"),
    ] {
        let fault = Authority::new(certificates, &der(key)).unwrap_err();
        assert!(fault.contains(words), "{what}: {fault}");
    }
    let nonsense = PrivateKeyDer::Pkcs8(vec![1, 2, 3].into());
    let fault = Authority::new(vec![good.der().clone()], &nonsense).unwrap_err();
    assert!(fault.contains("key of the interception authority cannot be read"), "{fault}");
}

#[test]
fn it_holds_while_all_that_is_sent_holds() {
    let mut params = authority_params("The first");
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2030, 1, 1));
    let first = with_key(params, &PKCS_ECDSA_P256_SHA256);
    let mut params = authority_params("The second");
    (params.not_before, params.not_after) = (date_time_ymd(2027, 1, 1), date_time_ymd(2028, 1, 1));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let second = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &first).unwrap();
    let authority = Authority::new(vec![second.der().clone(), first.der().clone()], &der(second.key())).unwrap();
    let at = |year| date_time_ymd(year, 1, 1).unix_timestamp() * SECOND;
    assert_eq!((authority.begins_micros, authority.expires_micros), (at(2027), at(2028)));
    assert!(authority.holds(at(2027)).is_ok() && authority.holds(at(2028) - 1).is_ok());
    assert!(authority.holds(at(2028)).unwrap_err().contains("has run out"));
    assert!(authority.holds(at(2027) - 1).unwrap_err().contains("does not hold yet"));
    assert_eq!(authority.sent.len(), 2);
    let shown = format!("{authority:?}");
    assert_eq!(shown, format!("Authority {{ expires_micros: {}, .. }}", at(2028)));
}
