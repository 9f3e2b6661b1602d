// The page: takes recordings, asks the server, shows the answers.
import { Stop, classify, fetchModel, hasKey, setKey } from "./api.js";
import { RATE, decode, record } from "./audio.js";
import { toCsv } from "./csv.js";
import { draw, drawLive, xOf } from "./figure.js";
import { $, addRow, fillRow, make, showHead, showProvenance, showReading } from "./view.js";

const STOPS = {
  offline: "The server cannot be reached. Your recordings are kept: try again when it is back.",
  busy: "The server has been busy for a while. Your recordings are kept: try again in a moment.",
};

const TAKEN = $("caption").textContent;
const DRAWN = "Spectrogram: Hann window of 25 ms, mel-spaced axis, range of 55 dB.";
const NOT_DRAWN = "This browser cannot draw or play this file; the server may read it all the same.";

let classes = ["Canonical", "Non-canonical", "Crying", "Laughing", "Junk"]; // until the model says
let items = [];
let chosen = null;
let model = null; // a promise of whether it is known
let job = null;
let stopRecording = null;
let recordings = 0;
const player = new Audio();

const setState = (state) => { document.body.dataset.state = state; };
/** A link carries no key: it leads to where the card can be read. */
const linkCard = (href) => document.querySelectorAll(".card").forEach((link) => { link.href = href; });
const say = (text) => { $("status").textContent = text; };

function add(files) {
  const added = [...files].map((file, i) => ({
    id: items.length + i + 1, file, name: file.webkitRelativePath || file.name, state: "waiting",
  }));
  if (!added.length) return;
  items.push(...added);
  added.forEach((item) => addRow(item, classes, select));
  $("table").hidden = false;
  $("clear").disabled = false;
  select(added[0]);
  run();
}

const mark = (on) => { if (chosen) chosen.row.querySelector("button").ariaCurrent = on ? "true" : null; };

async function select(item) {
  player.pause();
  mark(false);
  chosen = item;
  mark(true);
  showReading(item, classes);
  const samples = await decode(item.file);
  if (chosen !== item) return; // another was chosen meanwhile
  item.duration = samples ? samples.length / RATE : 0;
  show(samples);
  $("caption").textContent = samples ? DRAWN : NOT_DRAWN;
  $("canvas").ariaLabel = samples ? `Waveform and spectrogram of ${item.name}` : "No picture";
  $("play").disabled = !samples;
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(item.file);
}

let drawn = null;
function show(samples = drawn) {
  drawn = samples;
  draw($("canvas"), drawn);
}

async function start() {
  if (await knowModel()) run();
}

async function run() {
  if (job || !items.length || !(await knowModel()) || job) return;
  job = new AbortController();
  const { signal } = job;
  setState("working");
  $("trouble").hidden = $("key-form").hidden = true;
  showReading(chosen, classes);
  progress();
  try {
    await classify(items, {
      signal,
      say: (text) => { setState(text ? "busy" : "working"); if (text) say(text); else progress(); },
      done: (batch) => {
        if (signal.aborted) return;
        batch.forEach((item) => fillRow(item, classes));
        if (batch.includes(chosen)) showReading(chosen, classes);
        progress();
      },
    });
    job = null;
    finish();
  } catch (error) {
    if (signal.aborted) return;
    job = null;
    halt(error);
  }
}

function progress() {
  const answered = items.filter((item) => item.result || item.error).length;
  $("progress").hidden = false;
  $("progress").value = answered / items.length;
  say(`${answered} of ${items.length} answered`);
  $("download").disabled = !answered;
}

function finish() {
  const failed = items.filter((item) => item.error).length;
  const total = `${items.length} recording${items.length > 1 ? "s" : ""}`;
  setState(failed === items.length ? "error" : "done");
  say(failed ? `${total} answered, ${failed} with an error` : `${total} answered`);
  $("progress").hidden = true;
}

function halt(error) {
  if (!(error instanceof Stop)) throw error;
  setState(error.kind);
  $("progress").hidden = true;
  say("");
  showReading(chosen, classes);
  if (error.kind === "key") {
    $("key-form").hidden = false;
    if (hasKey()) $("key-help").textContent = error.message;
    $("key").focus();
  } else {
    warn(STOPS[error.kind], true);
  }
}

function warn(text, canTry) {
  $("trouble-text").textContent = text;
  $("again").hidden = !canTry;
  $("trouble").hidden = false;
}

/** Whether the model is known; asks for it until it is loaded, but once at a time. */
async function knowModel() {
  model ??= loadModel();
  const known = await model;
  if (!known) model = null;
  return known;
}

async function loadModel(triesLeft = 60) {
  try {
    const { manifest, card } = await fetchModel();
    ({ classes } = manifest);
    $("version").textContent = manifest.version;
    $("trouble").hidden = $("key-form").hidden = true;
    say("");
    if (!items.length) setState("empty");
    if (card) showProvenance(card);
    if (hasKey()) linkCard(URL.createObjectURL(new Blob([card], { type: "text/plain; charset=utf-8" })));
    table();
    return true;
  } catch (error) {
    if (error.kind === "busy" && triesLeft) {
      say("The model is loading");
      await new Promise((done) => { setTimeout(done, 1000); });
      return loadModel(triesLeft - 1);
    }
    if (error.kind === "key") linkCard("#key");
    halt(error);
    return false;
  }
}

function table() {
  showHead(classes, (compare, descending) => {
    const sorted = items.toSorted((a, b) => (descending ? compare(b, a) : compare(a, b)));
    $("rows").append(...sorted.map((item) => item.row));
  });
  $("rows").replaceChildren();
  items.forEach((item) => addRow(item, classes, select));
  mark(true);
  showReading(chosen, classes);
}

function clear() {
  job?.abort();
  job = null;
  player.pause();
  [items, chosen] = [[], null];
  $("rows").replaceChildren();
  for (const id of ["table", "trouble", "progress"]) $(id).hidden = true;
  for (const id of ["play", "download", "clear"]) $(id).disabled = true;
  $("caption").textContent = TAKEN;
  $("canvas").ariaLabel = "No recording yet";
  show(null);
  showReading(null, classes);
  setState("empty");
  say("Cleared");
  $("choose").focus();
}

async function toggleRecording() {
  if (stopRecording) return stopRecording();
  const peaks = [];
  const before = document.body.dataset.state;
  const heard = (peak, seconds) => {
    if (peaks.push(peak) % 4 === 0) drawLive($("canvas"), peaks);
    $("caption").textContent = `Recording, ${seconds.toFixed(1)} s`;
  };
  const ended = (file) => {
    stopRecording = null;
    $("record").textContent = "Record";
    setState(before);
    show(null);
    add([file]);
  };
  stopRecording = () => {}; // until the microphone is open
  try {
    $("trouble").hidden = true;
    const name = `recording-${String(recordings + 1).padStart(2, "0")}.wav`;
    stopRecording = await record(name, heard, ended);
    recordings += 1;
    player.pause();
    setState("recording");
    say("Recording");
    $("record").textContent = "Stop";
  } catch (error) {
    stopRecording = null;
    warn(error.message, false);
  }
}

function download() {
  const url = URL.createObjectURL(new Blob([toCsv(items, classes)], { type: "text/csv" }));
  make("a", { href: url, download: "vocalbaby.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function moveHead() {
  $("playhead").hidden = player.paused;
  $("play").textContent = player.paused ? "Play" : "Stop playing";
  if (player.paused) return;
  $("playhead").style.left = `${xOf($("canvas"), player.currentTime / chosen.duration)}px`;
  requestAnimationFrame(moveHead);
}

/** All files below a dropped file or folder, by name. */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((take, fail) => { entry.file(take, fail); })];
  const reader = entry.createReader();
  const entries = [];
  for (let more = [null]; more.length;) {
    more = await new Promise((take, fail) => { reader.readEntries(take, fail); });
    entries.push(...more);
  }
  entries.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function drop(event) {
  event.preventDefault();
  document.body.classList.remove("dragging");
  const things = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const files = things.map((item) => {
    const entry = item.webkitGetAsEntry();
    return entry ? filesOf(entry) : [item.getAsFile()];
  });
  add((await Promise.all(files)).flat());
}

$("choose").onclick = () => $("files").click();
$("files").onchange = () => { add($("files").files); $("files").value = ""; };
$("record").onclick = toggleRecording;
$("play").onclick = () => { if (player.paused) { player.currentTime = 0; player.play(); } else player.pause(); };
$("download").onclick = download;
$("clear").onclick = clear;
$("again").onclick = start;
$("key-form").onsubmit = (event) => {
  event.preventDefault();
  setKey($("key").value);
  start();
};
player.onplay = player.onpause = player.onended = moveHead;
document.ondragover = (event) => { event.preventDefault(); document.body.classList.add("dragging"); };
document.ondragleave = (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); };
document.ondrop = drop;
matchMedia("(prefers-color-scheme: dark)").onchange = () => show();
new ResizeObserver(() => { if (!stopRecording) show(); }).observe($("plate"));
table();
start();
