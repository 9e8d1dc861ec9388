// What the page that checks passes costs, in Chromium: node tests/browser/measure.mjs
// Prints bytes and times; decides nothing, because machines are shared and noisy.
import { issue, pngOf, somebody } from './passes.mjs';
import { startBrowser, startService } from './service.mjs';

const [service, browser] = await Promise.all([startService(), startBrowser()]);
const ana = await issue(service, 'RNN', somebody('1', 'Ana Ng'));
const png = await pngOf(service, 'RNN', ana);
const bundle = await (await fetch(`${service.url}/bundle`)).text();
const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

/** Loads the page and counts what comes over the network until it is ready. */
async function load(context) {
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  const from = performance.now();
  await page.goto(`${service.url}/verify`);
  await page.locator('#verify:not([hidden])').waitFor();
  const ready = Math.round(performance.now() - from);
  await page.waitForTimeout(1_500);
  return { page, bytes, ready };
}

const context = await browser.newContext();
const first = await load(context);
await first.page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true));
await first.page.close();
const repeat = await load(context);
console.log(`first load: ${first.bytes} bytes for the page itself, ready in ${first.ready} ms`);
console.log(`repeat load: ${repeat.bytes} bytes, ready in ${repeat.ready} ms`);

const { page } = repeat;
for (const throttle of [1, 4]) {
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttle });
  // On the page's own thread, because that is the one that Chromium slows down.
  const times = await page.evaluate(
    async ([picture, bundle, root, text]) => {
      const { load } = await import('/assets/wasm/index.js');
      const passport = await load();
      const { verifier } = passport.open({ bundle, root, sequence: 0 });
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(640, 480);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      const at = `${new Date().toISOString().slice(0, 19)}Z`;
      const runs = { grab: [], scan: [], verify: [], all: [] };
      let read = 0;
      for (let run = 0; run < 40; run += 1) {
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.fillStyle = '#808080';
        context.fillRect(0, 0, 640, 480);
        context.translate(320, 240);
        context.rotate(((run - 20) * Math.PI) / 400);
        const marks = [performance.now()];
        context.drawImage(bitmap, -205, -205, 410, 410);
        context.setTransform(1, 0, 0, 1, 0, 0);
        const pixels = context.getImageData(0, 0, 640, 480);
        marks.push(performance.now());
        const { codes } = passport.scan(pixels, { effort: 'quick', turn: run });
        marks.push(performance.now());
        const { answer } = verifier.verify({ at, texts: [codes[0]?.text ?? ''] });
        marks.push(performance.now());
        if (codes[0]?.text !== text || answer.decision !== 'accepted') continue;
        read += 1;
        runs.grab.push(marks[1] - marks[0]);
        runs.scan.push(marks[2] - marks[1]);
        runs.verify.push(marks[3] - marks[2]);
        runs.all.push(marks[3] - marks[0]);
      }
      return { ...runs, read };
    },
    [png.toString('base64'), bundle, await page.locator('meta[name="passport-root"]').getAttribute('content'), ana.text],
  );
  const of = (name) => median(times[name]).toFixed(1);
  console.log(`processor ${throttle} times slower: ${times.read} of 40 frames read; frame to verdict ${of('all')} ms (pixels ${of('grab')}, QR code ${of('scan')}, verification ${of('verify')})`);
}
await browser.close();
await service.stop();
