/* Staff Passport: the verifier behind a plain C interface, version 1.
 *
 * Requests are JSON in UTF-8; they are only read during the call. Every answer is JSON in UTF-8 that ends with
 * a zero byte, to be given to passport_free; it is NULL only when memory is short. An answer is
 * {"ok":true,...} or {"ok":false,"error":{"code":...,"detail":...}}: codes are stable, details are for people.
 * Members are those of index.d.ts of the npm package.
 *
 * All functions may be called from any thread. There is no clock: the time is part of each request.
 */
#ifndef PASSPORT_H
#define PASSPORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface: 1. */
uint32_t passport_abi(void);

/* A buffer of zeros for a request, for callers that share no memory otherwise; NULL when it is too long. */
uint8_t *passport_alloc(size_t length);

/* Takes back a buffer or an answer of this library, once. NULL is fine. */
void passport_free(void *buffer);

/* Checks a bundle: {"bundle":text of the file,"root":public root key in base64url,"sequence":highest number
 * seen before}. The answer has "handle", for the calls below, and "bundle", what it holds. At most 64 may be
 * open. */
char *passport_open(const char *request, size_t length);

/* Judges what one person shows: {"at":"2026-11-22T09:30:00Z","texts":[...],"require":[...]}. The answer has
 * "answer". */
char *passport_verify(uint32_t handle, const char *request, size_t length);

/* Holds a role profile against what one person shows: {"at","texts","profile","purpose","starts","ends",
 * "confirmations"}. The answer has "answer", "assessment" and "plain". */
char *passport_assess(uint32_t handle, const char *request, size_t length);

/* Reads the QR codes in a picture of one byte a pixel (brightness) or four (RGBA), row by row from the top.
 * turn: 0 looks in every way; 1, 2, ... are the successive pictures of a camera. The answer has "codes", each
 * with "text" and "corners". */
char *passport_scan(uint32_t width, uint32_t height, const uint8_t *pixels, size_t length, uint32_t turn);

/* Lets go of a bundle: 1 when one was open under this handle, else 0. */
uint32_t passport_close(uint32_t handle);

#ifdef __cplusplus
}
#endif

#endif
