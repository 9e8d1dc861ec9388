// The module's own functions, without the package around them: bytes in, the very text of the answer out.
import { readFileSync } from 'node:fs';

export async function door(file) {
  const module = await WebAssembly.compile(readFileSync(file));
  const { exports } = await WebAssembly.instantiate(module, {});
  const call = (bytes, use) => {
    const at = exports.passport_alloc(bytes.length) >>> 0;
    if (at === 0) return null;
    new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
    const answer = use(at, bytes.length) >>> 0;
    exports.passport_free(at);
    const said = new Uint8Array(exports.memory.buffer, answer);
    const text = Buffer.from(said.subarray(0, said.indexOf(0))).toString('utf8');
    exports.passport_free(answer);
    return text;
  };
  const bytes = (text) => (typeof text === 'string' ? Buffer.from(text) : text);
  return {
    module,
    exports,
    pages: () => exports.memory.buffer.byteLength,
    open: (text) => call(bytes(text), exports.passport_open),
    verify: (handle, text) => call(bytes(text), (at, length) => exports.passport_verify(handle, at, length)),
    assess: (handle, text) => call(bytes(text), (at, length) => exports.passport_assess(handle, at, length)),
    scan: (width, height, pixels, turn) =>
      call(pixels, (at, length) => exports.passport_scan(width, height, at, length, turn)),
    close: (handle) => exports.passport_close(handle),
  };
}
