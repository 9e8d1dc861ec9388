//! The C interface (`include/passport.h`), and all the unsafe code of the project.
//!
//! Every buffer that crosses the border outwards has its length in the eight bytes before it, so that
//! [`passport_free`] takes any of them. Requests are borrowed for the length of one call.
#![expect(unsafe_code, reason = "a C interface is pointers, which no compiler can check")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use crate::door::{self, MAX_OPEN};
use crate::request::Refusal;

/// The version of this interface; another number means other functions.
const ABI: u32 = 1;
/// Bytes before a buffer that hold its length.
const HEAD: usize = 8;

/// The version of this interface.
// SAFETY of each `no_mangle`: nothing else that may be linked in has names that begin with `passport_`.
#[unsafe(no_mangle)]
pub extern "C" fn passport_abi() -> u32 {
    ABI
}

/// A buffer of zeros for a request; null when it is longer than any request may be, or memory is short.
#[unsafe(no_mangle)]
pub extern "C" fn passport_alloc(length: usize) -> *mut u8 {
    if length > MAX_OPEN { std::ptr::null_mut() } else { hand_out(&[], length) }
}

/// Takes back a buffer or an answer. Null is fine.
///
/// # Safety
/// `buffer` is null, or came from this library and was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn passport_free(buffer: *mut u8) {
    if buffer.is_null() {
        return;
    }
    // SAFETY: the caller says that `hand_out` made it, which wrote the length before it and allocated both
    // as one boxed slice.
    unsafe {
        let start = buffer.sub(HEAD);
        let length = usize::from_le_bytes(*start.cast::<[u8; size_of::<usize>()]>());
        drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, HEAD + length)));
    }
}

/// See [`door::open`].
///
/// # Safety
/// `request` points to `length` bytes that nobody writes to during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn passport_open(request: *const u8, length: usize) -> *mut u8 {
    // SAFETY: as the caller says.
    let request = unsafe { borrow(request, length) };
    say(|| door::open(request))
}

/// See [`door::verify`].
///
/// # Safety
/// As of [`passport_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn passport_verify(handle: u32, request: *const u8, length: usize) -> *mut u8 {
    // SAFETY: as the caller says.
    let request = unsafe { borrow(request, length) };
    say(|| door::verify(handle, request))
}

/// See [`door::assess`].
///
/// # Safety
/// As of [`passport_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn passport_assess(handle: u32, request: *const u8, length: usize) -> *mut u8 {
    // SAFETY: as the caller says.
    let request = unsafe { borrow(request, length) };
    say(|| door::assess(handle, request))
}

/// See [`door::scan`].
///
/// # Safety
/// As of [`passport_open`], of `pixels`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn passport_scan(
    width: u32,
    height: u32,
    pixels: *const u8,
    length: usize,
    turn: u32,
) -> *mut u8 {
    // SAFETY: as the caller says.
    let pixels = unsafe { borrow(pixels, length) };
    say(|| door::scan(width, height, pixels, turn))
}

/// See [`door::close`]: 1 when a bundle was open under this handle, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn passport_close(handle: u32) -> u32 {
    door::close(handle).into()
}

/// # Safety
/// `start` points to `length` bytes that stay as they are while the slice lives. Null and a length beyond
/// what any slice may have give an empty one.
unsafe fn borrow<'r>(start: *const u8, length: usize) -> &'r [u8] {
    if start.is_null() || isize::try_from(length).is_err() {
        return &[];
    }
    // SAFETY: not null, not too long, and the rest is as the caller says.
    unsafe { std::slice::from_raw_parts(start, length) }
}

/// The answer as text that ends with a zero byte; null only when memory is short. JSON holds no zero byte.
fn say(answer: impl FnOnce() -> Value) -> *mut u8 {
    // Unwinding into another language would end its program.
    let answer = catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
        Refusal::new("broken", "The verifier has failed. Nothing can be told; please report this.").to_json()
    });
    let text = answer.to_string();
    hand_out(text.as_bytes(), text.len() + 1)
}

/// A buffer of `length` bytes that begins with `bytes` and goes on with zeros.
fn hand_out(bytes: &[u8], length: usize) -> *mut u8 {
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(HEAD + length).is_err() {
        return std::ptr::null_mut();
    }
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.resize(HEAD, 0);
    buffer.extend_from_slice(bytes);
    buffer.resize(HEAD + length, 0);
    let start = Box::into_raw(buffer.into_boxed_slice()).cast::<u8>();
    // SAFETY: the slice has at least HEAD bytes.
    unsafe { start.add(HEAD) }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn said(answer: *mut u8) -> String {
        // SAFETY: `say` made it, ends it with a zero byte, and it is freed once.
        unsafe {
            let text = CStr::from_ptr(answer.cast()).to_str().expect("UTF-8").to_owned();
            passport_free(answer);
            text
        }
    }

    #[test]
    fn a_call_over_the_border_says_what_the_door_says() {
        for request in ["", "null", "{}", "{\"bundle\":\"{}\",\"root\":\"AA\"}", "\0\0"] {
            let buffer = passport_alloc(request.len());
            // SAFETY: the buffer is that long, and freed once.
            let answer = unsafe {
                std::ptr::copy_nonoverlapping(request.as_ptr(), buffer, request.len());
                let answer = passport_open(buffer, request.len());
                passport_free(buffer);
                answer
            };
            assert_eq!(said(answer), door::open(request.as_bytes()).to_string());
        }
    }

    #[test]
    fn nothing_and_too_much_are_refused_without_being_touched() {
        assert!(passport_alloc(MAX_OPEN + 1).is_null());
        assert!(passport_alloc(usize::MAX).is_null());
        // SAFETY: null is allowed everywhere.
        unsafe {
            passport_free(std::ptr::null_mut());
            for answer in [
                passport_open(std::ptr::null(), 9),
                passport_verify(7, std::ptr::null(), usize::MAX),
                passport_assess(7, std::ptr::null(), 0),
                passport_scan(640, 480, std::ptr::null(), 307_200, 0),
            ] {
                assert!(said(answer).starts_with("{\"error\":{\"code\":"));
            }
        }
        assert_eq!(passport_close(0), 0);
    }

    #[test]
    fn a_failure_inside_does_not_cross_the_border() {
        let answer = said(say(|| panic!("on purpose")));
        assert!(answer.contains("\"broken\""), "{answer}");
    }
}
