//! Any bytes as a pass: as its text, as the message in it, and as the claims in that.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::{LISTS, pass_text};
use passport_schema::pass::{self, Pass, PassError, UnverifiedPass};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
    read(&pass::text(bytes));
    let Ok(claims) = Pass::from_cbor(bytes, &LISTS) else {
        return;
    };
    let written = claims.to_cbor();
    match UnverifiedPass::parse(&pass_text(bytes), &LISTS) {
        Ok(read) => assert_eq!((&read.claims, bytes), (&claims, &written[..]), "accepted in another form"),
        Err(PassError::NotCanonical) => assert_ne!(written, bytes, "refused in its one form"),
        Err(PassError::TooLong(_)) => {}
        Err(other) => panic!("what was read is refused: {other}"),
    }
});

fn read(text: &str) {
    if let Ok(read) = UnverifiedPass::parse(text, &LISTS) {
        let claims = read.claims.to_cbor();
        assert_eq!(Pass::from_cbor(&claims, &LISTS).as_ref(), Ok(&read.claims));
        assert!(read.signed.ends_with(&claims), "what is signed is not what is read");
    }
}
