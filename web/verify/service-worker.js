// Keeps the verify page on the device, so that it opens with the network off. `script/web` fills in what
// belongs to it and a version that changes with any of it. The news (the bundle) is not kept here.

const VERSION = '@VERSION@';
const FILES = '@FILES@'.split(' ');
const CACHE = `verify-${VERSION}`;

self.addEventListener('install', (event) => {
  const all = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(all)));
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('verify-') && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { pathname, search, origin } = new URL(event.request.url);
  // With a search it is meant for the service: news.js asks for the page's key so.
  const ours = origin === self.location.origin && search === '' && FILES.includes(pathname);
  if (event.request.method !== 'GET' || !ours) return;
  event.respondWith(
    caches.open(CACHE).then(async (cache) => (await cache.match(pathname)) ?? fetch(event.request)),
  );
});
