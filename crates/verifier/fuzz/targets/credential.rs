//! Any bytes as a credential: as a token, and as the claims in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::{ADDRESS, LISTS, SCHEMAS};
use passport_schema::credential::Credential;
use passport_schema::jose::{self, Jws, Type};

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for kind in [Type::Credential, Type::StatusList, Type::TrustList] {
        if let Ok(jws) = Jws::parse(text, kind) {
            read(&jws.payload);
            let again =
                jose::assemble(jose::signing_input(kind, &jws.controller, jws.key, &jws.payload), &jws.signature);
            let again = Jws::parse(&again, kind).expect("what was written is read");
            assert_eq!(
                (&again.controller, again.key, &again.payload, again.signature),
                (&jws.controller, jws.key, &jws.payload, jws.signature)
            );
        }
    }
});

fn read(claims: &[u8]) {
    if let Ok(credential) = Credential::from_json(claims, &LISTS) {
        let written = credential.to_json(ADDRESS, SCHEMAS);
        assert_eq!(Credential::from_json(written.as_bytes(), &LISTS).as_ref(), Ok(&credential));
    }
}
