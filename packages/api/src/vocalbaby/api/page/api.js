// Requests to the server: its model, and results for many files in small requests.

const MAX_FILES = 16;
const MAX_BYTES = 8 * 2 ** 20;
const MAX_REQUESTS = 2; // at the same time
const MAX_TRIES = 6;
const MAX_WAIT_S = 60;
const KEY_ITEM = "vocalbaby-key"; // in the session storage

/** Why the server gave no results: `kind` is offline, busy or key. */
export class StopError extends Error {
  constructor(kind, message = "") {
    super(message);
    this.kind = kind;
  }
}

export const hasKey = () => Boolean(sessionStorage.getItem(KEY_ITEM));
export const setKey = (key) => sessionStorage.setItem(KEY_ITEM, key);

/** The headers that send the key, if there is one. */
export function keyHeaders() {
  const key = sessionStorage.getItem(KEY_ITEM);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

export const fetchWithKey = (path, options = {}) =>
  fetch(path, { ...options, headers: keyHeaders() });

/** Return the model's manifest and card; throws StopError. */
export async function fetchModel() {
  const [manifest, card] = await Promise.all([
    fetchWithKey("model"),
    fetchWithKey("model/card"),
  ]).catch(() => {
    throw new StopError("offline");
  });
  await checkKey(manifest);
  if (!manifest.ok) throw new StopError("busy");
  return { manifest: await manifest.json(), card: card.ok ? await card.text() : "" };
}

/**
 * Classify every item whose `state` is "waiting", in requests of bounded size, and set its
 * `state`, `result` and `error`. `onWait(text)` is called while the server is busy, and
 * `onResults(items)` after each request. Throws StopError or AbortError; the items without a
 * result are then waiting again.
 */
export async function classify(items, { signal, onWait, onResults }) {
  let stopped = null;
  async function sendBatches() {
    for (let batch = takeBatch(items); batch.length && !stopped; batch = takeBatch(items)) {
      try {
        await send(batch, { signal, onWait, onResults, isStopped: () => stopped });
      } catch (error) {
        stopped ??= error;
      }
    }
  }
  await Promise.all(Array.from({ length: MAX_REQUESTS }, sendBatches));
  for (const item of items) {
    if (item.state === "sent") item.state = "waiting";
  }
  if (stopped) throw stopped;
}

function takeBatch(items) {
  const batch = [];
  let bytes = 0;
  for (const item of items) {
    if (item.state !== "waiting") continue;
    if (batch.length === MAX_FILES || (batch.length && bytes + item.file.size > MAX_BYTES)) break;
    bytes += item.file.size;
    item.state = "sent";
    batch.push(item);
  }
  return batch;
}

async function send(batch, context) {
  const form = new FormData();
  batch.forEach((item) => form.append("files", item.file, item.name));
  for (let tries = 1; ; tries++) {
    if (context.isStopped()) throw context.isStopped();
    const response = await post(form, context.signal);
    if (response === null) {
      if (batch.length > 1) return split(batch, context);
      return storeResults(batch, [], unreadable(batch[0]), context);
    }
    const wait = Number(response.headers.get("Retry-After"));
    if ([429, 503].includes(response.status) || (response.status === 413 && wait)) {
      if (tries === MAX_TRIES) throw new StopError("busy");
      const seconds = Math.min(wait || tries, MAX_WAIT_S);
      context.onWait(`The server is busy. Trying again in ${seconds} s.`);
      await sleep(1000 * seconds, context.signal);
      context.onWait("");
      continue;
    }
    await checkKey(response);
    if (response.status === 413 && batch.length > 1) return split(batch, context);
    const body = await response.json().catch(() => ({}));
    return storeResults(batch, body.results ?? [], problem(body, response), context);
  }
}

/** Return the response; null when the server can be reached but the files cannot be sent. */
async function post(form, signal) {
  try {
    return await fetchWithKey("predict", { method: "POST", body: form, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const health = await fetch("health").catch(() => null);
    if (!health?.ok) throw new StopError("offline");
    return null;
  }
}

/** Throw StopError if the response says that a key is needed. */
export async function checkKey(response) {
  if (![401, 403].includes(response.status)) return;
  const { detail } = await response.json().catch(() => ({}));
  throw new StopError("key", detail ?? "The server does not know this key.");
}

async function split(batch, context) {
  const middle = Math.ceil(batch.length / 2);
  await send(batch.slice(0, middle), context);
  await send(batch.slice(middle), context);
}

function storeResults(batch, results, error, { onResults }) {
  batch.forEach((item, i) => {
    const result = results[i] ?? { error };
    item.error = result.error;
    item.result = result.error ? null : result;
    item.state = result.error ? "failed" : "done";
  });
  onResults(batch);
}

/** Return the problem of a response. */
export const problem = (body, response) => ({
  code: body.code ?? `http_${response.status}`,
  detail: body.detail ?? `The server answered with status ${response.status}.`,
  hint: body.hint ?? "",
});

const unreadable = (item) => ({
  code: "file_unreadable",
  detail: `The browser could not send ${item.name}.`,
  hint: "Has it been moved or changed? Choose it again.",
});

function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
