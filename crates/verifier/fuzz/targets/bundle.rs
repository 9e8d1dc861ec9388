//! Any bytes as a bundle; as a trust list that the root key signed; as a status list that an
//! organisation signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz as world;
use passport_schema::status::StatusToken;
use passport_schema::trust_list::TrustList;
use passport_verifier::{Bundle, BundleError};

fuzz_target!(|bytes: &[u8]| {
    let root = world::root_key();
    look(Bundle::open(bytes, &root, 1));
    if let Ok(list) = TrustList::from_json(bytes) {
        assert_eq!(TrustList::from_json(&list.to_json()).as_ref(), Ok(&list));
        let status = world::status_token(&world::status().to_json());
        let opened = Bundle::open(&world::bundle_of(world::trust_list_token(bytes), vec![status]), &root, 0);
        look(opened);
    }
    if StatusToken::from_json(bytes).is_ok() {
        let list = world::trust_list_token(&world::trust_list().to_json());
        let opened = Bundle::open(&world::bundle_of(list, vec![world::status_token(bytes)]), &root, 1);
        assert!(opened.is_ok(), "a status list spoils the bundle");
        look(opened);
    }
});

fn look(opened: Result<Bundle, BundleError>) {
    match opened {
        Ok(bundle) => {
            let _ = (bundle.system(), bundle.newest(), format!("{:?}", bundle.faults()));
            for issuer in bundle.issuers() {
                let _ = (issuer.name(), issuer.did(), issuer.successor(), issuer.status_lists().count());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
