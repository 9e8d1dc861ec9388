// The verifier, off the main thread: each call is a message to the worker and a promise of its answer.

/** Starts the verifier. Rejects when this browser cannot run it. */
export function start() {
  const worker = new Worker('/assets/verify/worker.js', { type: 'module' });
  const waiting = new Map();
  let count = 0;
  const call = (op, request, transfer = []) =>
    new Promise((resolve, reject) => {
      count += 1;
      waiting.set(count, { resolve, reject });
      worker.postMessage({ id: count, op, request }, transfer);
    });
  worker.onmessage = ({ data: { id, answer, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    error === undefined ? resolve(answer) : reject(new Error(error));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { reject } of waiting.values()) reject(new Error(event.message || 'the verifier could not be started'));
    waiting.clear();
  };
  return {
    load: () => call('load'),
    open: (request) => call('open', request),
    verify: (request) => call('verify', request),
    assess: (request) => call('assess', request),
    /** The texts of the QR codes in a picture, which is used up. */
    scan: (bitmap, options) => call('scan', { bitmap, options }, [bitmap]),
  };
}
