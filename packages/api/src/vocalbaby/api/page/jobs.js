// Requests for jobs: long recordings that the server segments.
import { StopError, checkKey, fetchWithKey, keyHeaders, problem } from "./api.js";

/** Why a job could not be made or read: a problem of the server with `code` and `detail`. */
export class JobError extends Error {
  constructor({ code, detail, hint }) {
    super(`${detail} ${hint}`.trim());
    this.code = code;
  }
}

/**
 * Send a file, which becomes a job; returns the job. `onProgress(share)` is called while it is sent.
 * Throws JobError, StopError or, when the signal is aborted, AbortError.
 */
export function makeJob(file, name, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not report the progress of an upload
    request.open("POST", `segment?name=${encodeURIComponent(name.split("/").pop())}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    Object.entries(keyHeaders()).forEach((header) => request.setRequestHeader(...header));
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onerror = () => reject(new StopError("offline"));
    request.onabort = () => reject(signal.reason);
    let sent = false;
    request.upload.onload = () => { sent = true; };
    request.onload = () => {
      const { status, response } = request;
      if (status === 202 && signal.aborted) removeJob(response.id);
      if (status === 202) resolve(response);
      else if (status === 401 || status === 403) reject(new StopError("key", response?.detail));
      else reject(new JobError(problem(response ?? {}, request)));
    };
    // When all is sent, there is a job: it is removed as soon as its id is known.
    signal.addEventListener("abort", () => { if (!sent) request.abort(); }, { once: true });
    request.send(file);
  });
}

/** Return the response to a request for a job; throws JobError or StopError. */
export async function fetchJob(id, path = "", options = {}) {
  const response = await fetchWithKey(`segment/${id}${path}`, options).catch((error) => {
    if (options.signal?.aborted) throw error;
    throw new StopError("offline");
  });
  await checkKey(response);
  if (!response.ok) throw new JobError(problem(await response.json().catch(() => ({})), response));
  return response;
}

/** Stop and remove a job, whether or not the server can be reached. */
export const removeJob = (id) =>
  fetchJob(id, "", { method: "DELETE", keepalive: true }).catch(() => null);

/** Return the samples between two times, in seconds. */
export async function fetchSamples(id, from, to, signal) {
  const wav = await (await fetchJob(id, `/audio?from=${from}&to=${to}`, { signal })).arrayBuffer();
  return Float32Array.from(new Int16Array(wav.slice(44)), (x) => x / 32767);
}

/** Return levels between two times: 255 is full scale, and a step is half a decibel. */
export async function fetchLevels(id, from, to, points, signal) {
  const path = `/overview?from=${from}&to=${to}&points=${points}`;
  return new Uint8Array(await (await fetchJob(id, path, { signal })).arrayBuffer());
}
