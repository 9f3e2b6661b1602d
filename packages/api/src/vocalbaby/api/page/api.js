// The server: what model it has, and labels for many files in small requests.

const MAX_FILES = 16;
const MAX_BYTES = 8 * 2 ** 20;
const LANES = 2; // requests in flight
const MAX_TRIES = 6;
const MAX_WAIT_S = 60;
const KEY = "vocalbaby-key";

/** Why sending stopped: `kind` is offline, busy or key; the message is the server's. */
export class Stop extends Error {
  constructor(kind, message = "") {
    super(message);
    this.kind = kind;
  }
}

export const hasKey = () => Boolean(sessionStorage.getItem(KEY));
export const setKey = (key) => sessionStorage.setItem(KEY, key);

function ask(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  return fetch(path, { ...options, headers: key ? { Authorization: `Bearer ${key}` } : {} });
}

/** The model's manifest and card; throws Stop. */
export async function fetchModel() {
  const [manifest, card] = await Promise.all([ask("model"), ask("model/card")]).catch(() => {
    throw new Stop("offline");
  });
  await refuseKey(manifest);
  if (!manifest.ok) throw new Stop("busy");
  return { manifest: await manifest.json(), card: card.ok ? await card.text() : "" };
}

/**
 * Ask for labels of every item whose `state` is "waiting", in bounded requests.
 * Sets each item's `state`, `result` and `error`; throws Stop, or AbortError, with the items
 * that have no answer waiting again. `say(text)` is told of waits, `done(items)` of answers.
 */
export async function classify(items, { signal, say, done }) {
  let stopped = null;
  async function lane() {
    for (let batch = take(items); batch.length && !stopped; batch = take(items)) {
      try {
        await send(batch, { signal, say, done, isStopped: () => stopped });
      } catch (error) {
        stopped ??= error;
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  items.filter((item) => item.state === "sent").forEach((item) => { item.state = "waiting"; });
  if (stopped) throw stopped;
}

function take(items) {
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
      return settle(batch, [], unreadable(batch[0]), context);
    }
    const wait = Number(response.headers.get("Retry-After"));
    if ([429, 503].includes(response.status) || (response.status === 413 && wait)) {
      if (tries === MAX_TRIES) throw new Stop("busy");
      const seconds = Math.min(wait || tries, MAX_WAIT_S);
      context.say(`The server is busy. Asking again in ${seconds} s.`);
      await sleep(1000 * seconds, context.signal);
      context.say("");
      continue;
    }
    await refuseKey(response);
    if (response.status === 413 && batch.length > 1) return split(batch, context);
    const body = await response.json().catch(() => ({}));
    return settle(batch, body.results ?? [], problem(body, response), context);
  }
}

/** The response, or null where the server lives and the files cannot be sent. */
async function post(form, signal) {
  try {
    return await ask("predict", { method: "POST", body: form, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const health = await fetch("health").catch(() => null);
    if (!health?.ok) throw new Stop("offline");
    return null;
  }
}

async function refuseKey(response) {
  if (![401, 403].includes(response.status)) return;
  const { detail } = await response.json().catch(() => ({}));
  throw new Stop("key", detail ?? "The server does not know this key.");
}

async function split(batch, context) {
  const middle = Math.ceil(batch.length / 2);
  await send(batch.slice(0, middle), context);
  await send(batch.slice(middle), context);
}

function settle(batch, results, fault, { done }) {
  batch.forEach((item, i) => {
    const result = results[i] ?? { error: fault };
    item.error = result.error;
    item.result = result.error ? null : result;
    item.state = result.error ? "failed" : "done";
  });
  done(batch);
}

const problem = (body, response) => ({
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
