// Runs the verifier beside the page, so that the page never waits for it.

import { load } from '/assets/wasm/index.js';

let passport;
let verifier;
let canvas;

const work = {
  async load() {
    passport ??= await load();
  },
  open(request) {
    const opened = passport.open(request);
    if (!opened.ok) return { error: opened.error };
    verifier?.close();
    verifier = opened.verifier;
    return { bundle: opened.bundle };
  },
  verify: (request) => verifier.verify(request),
  assess: (request) => verifier.assess(request),
  scan({ bitmap, options }) {
    const { width, height } = bitmap;
    if (canvas?.width !== width || canvas?.height !== height) canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return passport.scan(context.getImageData(0, 0, width, height), options);
  },
};

self.onmessage = async ({ data: { id, op, request } }) => {
  try {
    self.postMessage({ id, answer: await work[op](request) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
