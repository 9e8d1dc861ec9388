// What this device keeps between visits: the news, the system's key, and how the page is set up. Never
// what was scanned.

const NAME = 'staff-passport';
const STORE = 'kept';

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** What is kept under a name; `undefined` when there is nothing, or this browser keeps nothing. */
export const find = (name) => run('readonly', (store) => store.get(name)).catch(() => undefined);

/** Keeps something. Rejects when this browser has no room or keeps nothing. */
export const keep = (name, value) => run('readwrite', (store) => store.put(value, name));

/** Forgets everything. */
export const forget = () => run('readwrite', (store) => store.clear());
