// The Rust verifier behind its plain C ABI (passport.h): requests go in as JSON, answers come out as
// JSON that ends with a zero byte.

const ABI = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const refused = (code, detail) => ({ ok: false, error: { code, detail } });

export async function load(source = new URL('./passport.wasm', import.meta.url)) {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(await bytesOf(source));
  const instance = await WebAssembly.instantiate(module, {});
  const found = instance.exports.passport_abi?.();
  if (found !== ABI) throw new Error(`passport.wasm speaks version ${found} of the interface, not ${ABI}`);
  return new Passport(new Door(instance.exports));
}

async function bytesOf(source) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source;
  let response = await source;
  if (typeof response === 'string' || response instanceof URL) {
    const url = new URL(response, import.meta.url);
    if (url.protocol === 'file:') return (await import('node:fs/promises')).readFile(url);
    response = await fetch(url);
  }
  if (!response.ok) throw new Error(`passport.wasm could not be fetched: ${response.status}`);
  return response.arrayBuffer();
}

/** One instance of the module. A trap leaves its memory in an unknown state, so that it is not used again. */
class Door {
  constructor(exports) {
    this.exports = exports;
    this.broken = false;
  }

  /** Copies bytes in, calls `use(pointer)`, and reads the answer. */
  call(bytes, use) {
    if (this.broken) return refused('broken', 'The verifier has failed before and has to be loaded again.');
    try {
      const { memory, passport_alloc, passport_free } = this.exports;
      const pointer = passport_alloc(bytes.length) >>> 0;
      if (pointer === 0) return refused('too-large', 'This is more than can be read at once.');
      let answer = 0;
      try {
        new Uint8Array(memory.buffer, pointer, bytes.length).set(bytes);
        answer = use(pointer) >>> 0;
      } finally {
        passport_free(pointer);
      }
      const said = new Uint8Array(memory.buffer, answer);
      const text = decoder.decode(said.subarray(0, said.indexOf(0)));
      passport_free(answer);
      return JSON.parse(text);
    } catch (error) {
      this.broken = true;
      return refused('broken', `The verifier has failed and has to be loaded again: ${error.message}`);
    }
  }

  ask(request, use) {
    let text;
    try {
      text = JSON.stringify(request);
    } catch (error) {
      return refused('request', `The request cannot be written as JSON: ${error.message}`);
    }
    const bytes = encoder.encode(text ?? 'null');
    return this.call(bytes, (pointer) => use(pointer, bytes.length));
  }
}

class Passport {
  #door;

  constructor(door) {
    this.#door = door;
  }

  open(request) {
    const opened = this.#door.ask(request, (at, length) => this.#door.exports.passport_open(at, length));
    if (!opened.ok) return opened;
    return { ok: true, bundle: opened.bundle, verifier: new Verifier(this.#door, opened.handle, opened.bundle) };
  }

  scan(picture, options = {}) {
    const { data, width, height } = picture ?? {};
    if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
      return refused('picture', 'A picture has data of bytes, a width and a height.');
    }
    // 0 is thorough; else the number of the turn, from 1.
    const turn = options.effort === 'quick' ? ((options.turn ?? 0) % 1024) + 1 : 0;
    return this.#door.call(data, (at) => this.#door.exports.passport_scan(width, height, at, data.length, turn));
  }
}

class Verifier {
  #door;
  #handle;

  constructor(door, handle, bundle) {
    this.#door = door;
    this.#handle = handle;
    this.bundle = bundle;
  }

  verify(request) {
    return this.#door.ask(request, (at, length) => this.#door.exports.passport_verify(this.#handle, at, length));
  }

  assess(request) {
    return this.#door.ask(request, (at, length) => this.#door.exports.passport_assess(this.#handle, at, length));
  }

  close() {
    if (!this.#door.broken) this.#door.exports.passport_close(this.#handle);
  }
}
