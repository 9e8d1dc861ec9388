// Passports to show to the page: issued by the service, as text and as what a camera sees.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A day so many days from today, in London. */
export const day = (from) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London' }).format(Date.now() + from * 24 * 60 * 60 * 1000);

const provenance = (assurance) => ({ assurance, lastRefreshed: day(-1) });
const training = (subject, awarded, period) => ({ kind: 'training', subject, awarded, period, provenance: provenance('cstf-employer') });

export const fireSafety = (awarded = day(-60)) => training('cstf/fire-safety/1', awarded, 'P2Y');
export const infectionControl = (awarded = day(-346)) => training('cstf/infection-prevention-control/2', awarded, 'P1Y');
export const registration = (number = '99A9999A') => ({
  kind: 'registration', regulator: 'nmc', number, status: 'registered', checked: day(-18), validUntil: day(300),
  provenance: provenance('register-checked-online'),
});

/** Somebody of an organisation, with these records beside who they are and their job. */
export const somebody = (reference, name, records = [fireSafety(), infectionControl(), registration()]) => ({
  reference,
  records: [
    { kind: 'identity', name, birthDate: '1990-04-17', provenance: provenance('identity-gpg45-in-person') },
    { kind: 'employment', role: 'staff-nurse', started: '2019-09-02', provenance: provenance('employment-esr') },
    ...records,
  ],
});

/** Calls the API as an organisation. */
export async function api(service, code, method, path, body) {
  const answer = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${readFileSync(service.key(code), 'utf8').trim()}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

/** Issues a passport: the text of its pass, and what the API said. */
export async function issue(service, code, request) {
  const issued = await api(service, code, 'POST', '/v1/passports', request);
  return { text: issued.pass.text, issued };
}

/** The id of the record about something, such as `training/cstf/fire-safety/1`. */
export const recordAbout = ({ issued }, about) => {
  const record = issued.records.find((it) => it.about === about);
  return record.id.replace('urn:uuid:', '');
};

/** A role that asks for fire safety, infection control, the register and an induction within a week. */
export const wardNurse = {
  name: 'ward-nurse', title: 'Nurse on a ward', role: 'staff-nurse', purposes: ['workforce-sharing', 'secondment'],
  requirements: [
    ...[['fire', 'cstf/fire-safety/1', 'P2Y'], ['ipc', 'cstf/infection-prevention-control/2', 'P1Y']].map(([id, subject, renewal]) => ({
      id, kind: 'training', subject, renewal, acceptance: 'rely', reason: 'Everybody on the ward', source: 'A test',
    })),
    { id: 'nmc', kind: 'registration', regulator: 'nmc', acceptance: 'check-live', recheck: 'P1Y', reason: 'The register is the proof', source: 'A test' },
    { id: 'photo', kind: 'local', title: 'Photo ID seen in person', acceptance: 'do-locally', reason: 'Paper is no face', source: 'A test' },
    { id: 'induction', kind: 'local', title: 'Local induction', acceptance: 'do-locally', dueDays: 7, reason: 'Our fire exits', source: 'A test' },
  ],
};

/** The pass as a PNG picture, as the service draws it. */
export async function pngOf(service, code, { issued }) {
  const answer = await fetch(`${service.url}/v1/passes/${issued.pass.id.replace('urn:uuid:', '')}`, {
    headers: { authorization: `Bearer ${readFileSync(service.key(code), 'utf8').trim()}`, accept: 'image/png' },
  });
  if (!answer.ok) throw new Error(`no picture: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

/**
 * A video for Chromium's fake camera (YUV4MPEG2, 640 x 480, 10 frames a second): a second of nothing,
 * then each picture for three seconds, a little askew, over and over.
 */
export async function videoOf(browser, folder, name, pictures) {
  const page = await browser.newPage();
  const frames = [];
  for (const png of pictures) {
    const grey = await page.evaluate(async (data) => {
      const picture = await createImageBitmap(await (await fetch(data)).blob());
      const canvas = new OffscreenCanvas(640, 480);
      const context = canvas.getContext('2d');
      context.fillStyle = '#808080';
      context.fillRect(0, 0, 640, 480);
      context.translate(320, 240);
      context.rotate((3 * Math.PI) / 180);
      context.drawImage(picture, -205, -205, 410, 410);
      const { data: pixels } = context.getImageData(0, 0, 640, 480);
      return [...Array(640 * 480).keys()].map((at) => pixels[at * 4]);
    }, `data:image/png;base64,${png.toString('base64')}`);
    frames.push(...Array(30).fill(Buffer.from(grey)));
  }
  await page.close();
  const colour = Buffer.alloc((640 * 480) / 2, 128);
  const nothing = Array(10).fill(Buffer.alloc(640 * 480, 110));
  const parts = [...nothing, ...frames].flatMap((grey) => [Buffer.from('FRAME\n'), grey, colour]);
  const file = join(folder, `${name}.y4m`);
  writeFileSync(file, Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n'), ...parts]));
  return file;
}
