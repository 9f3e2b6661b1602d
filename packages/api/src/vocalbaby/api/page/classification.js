// Classifies the recordings that wait, once the model is known, and shows the progress.
import { StopError, classify, fetchModel, hasKey } from "./api.js";
import { byId, hideTrouble, setPageState, setStatus, showTrouble } from "./dom.js";
import { showProvenance, showReading } from "./reading.js";
import { showSegmentation } from "./segmentation.js";
import { select } from "./selection.js";
import { session } from "./session.js";
import { fillRow, showTable } from "./table.js";

const TROUBLES = {
  offline: "The server cannot be reached. Your recordings are kept: try again when it is back.",
  busy: "The server has been busy for a while. Your recordings are kept: try again in a moment.",
};
const MAX_MODEL_TRIES = 60;

const running = {
  model: null, // a promise of whether the model is known
  job: null, // an AbortController while recordings are classified
};

/** Classify every item that waits, unless that is under way. */
export async function classifyWaiting() {
  if (running.job || !clips().length || !(await modelIsKnown()) || running.job) return;
  running.job = new AbortController();
  const { signal } = running.job;
  setPageState("working");
  hideTrouble();
  showReading(session.selected, session.classes);
  showProgress();
  try {
    await classify(session.items, {
      signal,
      onWait: (text) => {
        setPageState(text ? "busy" : "working");
        if (text) setStatus(text);
        else showProgress();
      },
      onResults: (batch) => {
        if (!signal.aborted) showResults(batch);
      },
    });
    running.job = null;
    finish();
    if (session.items.some((item) => item.state === "waiting")) classifyWaiting();
  } catch (error) {
    if (signal.aborted) return;
    running.job = null;
    stop(error);
  }
}

export function abortClassification() {
  running.job?.abort();
  running.job = null;
}

/** Whether the model is known; requests it until it is loaded, but only once at a time. */
export async function modelIsKnown() {
  running.model ??= loadModel();
  const known = await running.model;
  if (!known) running.model = null;
  return known;
}

async function loadModel() {
  for (let tries = 1; ; tries++) {
    try {
      showModel(await fetchModel());
      return true;
    } catch (error) {
      if (error.kind !== "busy" || tries > MAX_MODEL_TRIES) {
        if (error.kind === "key") linkCard("#key");
        stop(error);
        return false;
      }
    }
    setStatus("The model is loading");
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

function showModel({ manifest, card }) {
  session.classes = manifest.classes;
  byId("version").textContent = manifest.version;
  hideTrouble();
  setStatus("");
  if (!session.items.length) setPageState("empty");
  if (card) showProvenance(card);
  if (hasKey()) {
    const text = new Blob([card], { type: "text/plain; charset=utf-8" });
    linkCard(URL.createObjectURL(text));
  }
  showTable(session, select);
  showReading(session.selected, session.classes);
}

/** A link sends no key, so the links to the card lead to where it can be read. */
function linkCard(href) {
  for (const link of document.querySelectorAll(".card")) link.href = href;
}

function showResults(batch) {
  batch.forEach((item) => fillRow(item, session.classes));
  if (batch.includes(session.selected)) {
    showReading(session.selected, session.classes);
    showSegmentation();
  }
  showProgress();
}

function showProgress() {
  const items = clips();
  const answered = items.filter((item) => item.result || item.error).length;
  byId("progress").hidden = false;
  byId("progress").value = answered / items.length;
  setStatus(`${answered} of ${items.length} answered`);
  byId("download").disabled = !answered;
}

/** The items that are classified as a whole. */
const clips = () => session.items.filter((item) => item.state !== "long");

function finish() {
  const items = clips();
  const failed = items.filter((item) => item.error).length;
  const total = `${items.length} recording${items.length > 1 ? "s" : ""}`;
  setPageState(failed === items.length ? "error" : "done");
  setStatus(failed ? `${total} answered, ${failed} with an error` : `${total} answered`);
  byId("progress").hidden = true;
}

/** Show why the server gave no answer; any other error is a bug. */
function stop(error) {
  if (!(error instanceof StopError)) throw error;
  setPageState(error.kind);
  byId("progress").hidden = true;
  setStatus("");
  showReading(session.selected, session.classes);
  if (error.kind === "key") {
    byId("key-form").hidden = false;
    if (hasKey()) byId("key-help").textContent = error.message;
    byId("key").focus();
  } else {
    showTrouble(TROUBLES[error.kind], { canRetry: true });
  }
}
