// Long recordings: sends the selected one, follows its job, and shows its timeline.
import { StopError } from "./api.js";
import { byId, make } from "./dom.js";
import { JobError, fetchJob, makeJob, removeJob } from "./jobs.js";
import { clock } from "./segments.js";
import { session } from "./session.js";
import { fillRow } from "./table.js";
import { loadTimeline, showTimeline } from "./timeline.js";

const POLL_MS = 1000;
const FORMATS = {
  csv: "CSV", rttm: "RTTM", textgrid: "Praat TextGrid", eaf: "ELAN EAF",
  childproject: "ChildProject CSV", audacity: "Audacity labels", parquet: "Parquet", json: "JSON",
};
const FAULTS = {
  offline: "The server cannot be reached. Try again when it is back.",
  key: "The server requires a key.",
  gone: "The server has removed this job. Segment the recording again.",
};

/** Whether an item is too long to be a clip. */
const isLong = (item) => item?.state === "long" || item?.error?.code === "audio_too_long";

let shown = null; // the item whose timeline is shown

/** Show what can be done with the selected item, or with its job, if it is long. */
export function showSegmentation() {
  const item = session.selected;
  byId("long").hidden = !isLong(item);
  document.body.classList.toggle("long-selected", item?.state === "long");
  const { job, timeline } = (isLong(item) && item) || {};
  if (shown !== timeline) showTimeline(timeline ?? null);
  shown = timeline;
  if (!isLong(item)) return;
  const waited = document.activeElement === byId("stop-job");
  const busy = job && ["sending", "queued", "running"].includes(job.state);
  byId("long-title").textContent = item.name;
  setText("long-status", statusOf(item));
  byId("long-progress").hidden = !busy;
  byId("long-progress").value = job?.progress ?? 0;
  byId("segment").hidden = Boolean(busy || timeline);
  byId("segment").textContent = job ? "Try again" : "Segment this recording";
  byId("stop-job").hidden = !busy;
  for (const id of ["export-format", "export"]) byId(id).hidden = !timeline;
  // Who waits at a button that disappears goes on at what takes its place.
  if (waited && !busy) byId(timeline ? "timeline-plot" : "segment").focus();
  if (timeline && byId("export-format").dataset.job !== job.id) {
    byId("export-format").dataset.job = job.id;
    byId("export-format").replaceChildren(...Object.keys(FORMATS)
      .filter((name) => name in job.formats)
      .map((name) => make("option", { value: name, title: job.formats[name].join(" ") }, FORMATS[name])));
  }
}

/** Set only what changes, since screen readers read it aloud each time. */
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

const percent = (share) => `${Math.round(100 * share)} %`;

function statusOf({ job, fault }) {
  if (fault) return fault;
  switch (job?.state) {
    case "sending": return `Sending: ${percent(job.progress)}`;
    case "queued": return "Waiting for other recordings";
    case "running": return job.eta_s === null
      ? "Segmenting"
      : `Segmenting: ${percent(job.progress)}, ${clock(job.eta_s)} left`;
    case "done": return `${job.segments.toLocaleString("en")} segments in ${clock(job.total_s)}`;
    case "failed": return `${job.error.detail} ${job.error.hint}`.trim();
    default: return "Longer than a clip: it can be cut into segments with a label each.";
  }
}

/** Show the state of an item's job in its row, and above it if the item is selected. */
function show(item) {
  if (!session.items.includes(item)) return;
  fillRow(item, session.classes);
  if (item === session.selected) showSegmentation();
}

async function segment(item) {
  const control = new AbortController();
  Object.assign(item, { control, fault: "", timeline: null });
  item.job = { state: "sending", progress: 0 };
  show(item);
  try {
    const job = await makeJob(item.file, item.name, {
      signal: control.signal,
      onProgress: (share) => {
        if (control.signal.aborted) return;
        item.job.progress = share;
        show(item);
      },
    });
    control.signal.throwIfAborted();
    item.job = job;
    await follow(item, control.signal);
  } catch (error) {
    if (control.signal.aborted) return;
    if (!(error instanceof StopError || error instanceof JobError)) throw error;
    if (error.kind === "key") byId("key-form").hidden = false;
    item.fault = FAULTS[error.code === "job_not_found" ? "gone" : error.kind] ?? error.message;
    item.job = { state: "failed" };
  }
  show(item);
}

/** Poll until the job has ended, also while the server cannot be reached. */
async function follow(item, signal) {
  while (["queued", "running"].includes(item.job.state)) {
    show(item);
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    signal.throwIfAborted();
    try {
      const job = await (await fetchJob(item.job.id)).json();
      signal.throwIfAborted();
      item.job = job;
      item.fault = "";
    } catch (error) {
      // A busy server is asked again; the job goes on meanwhile.
      if (error.kind !== "offline" && !(error instanceof JobError)) throw error;
      if (error.code === "job_not_found") throw error;
      item.fault = FAULTS[error.kind] ?? error.message;
    }
  }
  if (item.job.state !== "done") return;
  const timeline = await loadTimeline(item.job, session.classes);
  signal.throwIfAborted();
  item.timeline = timeline;
}

/** Stop the job of an item and remove it from the server. */
export function removeSegmentation(item) {
  item.control?.abort();
  if (item.job?.id) removeJob(item.job.id);
  Object.assign(item, { job: null, timeline: null, fault: "" });
}

/** The name in a Content-Disposition, which is encoded if it has other letters than English ones. */
function fileName(header) {
  const [, encoded] = /filename\*=utf-8''([^;]+)/i.exec(header) ?? [];
  const [, plain] = /filename="([^"]+)"/.exec(header) ?? [];
  return encoded ? decodeURIComponent(encoded) : plain;
}

async function download({ job }) {
  const format = byId("export-format").value;
  const response = await fetchJob(job.id, `/result?format=${format}`).catch((error) => error);
  if (response instanceof Error) {
    setText("long-status", response.message || FAULTS.offline);
    return;
  }
  const name = fileName(response.headers.get("Content-Disposition") ?? "");
  const href = URL.createObjectURL(await response.blob());
  make("a", { href, download: name ?? `segments.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

byId("segment").onclick = () => {
  segment(session.selected);
  byId("stop-job").focus();
};
byId("stop-job").onclick = () => {
  const item = session.selected;
  removeSegmentation(item);
  show(item);
  byId("segment").focus();
};
byId("export").onclick = () => download(session.selected);
