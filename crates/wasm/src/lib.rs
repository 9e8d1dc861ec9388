//! The verifier behind a plain C interface, JSON in and out: for browsers (as WebAssembly), phones and
//! other languages. `include/passport.h` describes it for C, `npm/index.d.ts` for JavaScript.
//!
//! [`open`] checks a bundle and gives a handle; [`verify`] and [`assess`] hold what somebody shows against
//! it and answer with the verifier's own JSON; [`scan`] reads QR codes in a picture. Whatever comes in,
//! the answer is `{"ok": true, …}` or `{"ok": false, "error": {"code", "detail"}}`.
//!
//! Between calls it keeps the bundles that are open, and nothing else: no text, name or answer. It has no
//! clock, no randomness and no I/O, and as WebAssembly imports nothing.
#![deny(missing_docs)]

mod border;
mod door;
mod request;

pub use door::{MAX_OPEN, assess, close, open, scan, verify};
pub use request::{MAX_REQUEST, MAX_TEXTS};
