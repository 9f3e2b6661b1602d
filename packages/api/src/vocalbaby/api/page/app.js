// The page: wires the controls to the modules that take, classify and show recordings.
import { setKey } from "./api.js";
import { isLong } from "./audio.js";
import { abortClassification, classifyWaiting, modelIsKnown } from "./classification.js";
import { toCsv } from "./csv.js";
import { byId, make, setPageState, setStatus } from "./dom.js";
import { droppedFiles } from "./files.js";
import { isRecording, toggleRecording } from "./microphone.js";
import { player, togglePlayback } from "./player.js";
import { showReading } from "./reading.js";
import { removeSegmentation } from "./segmentation.js";
import { clearSelection, redraw, select } from "./selection.js";
import { session } from "./session.js";
import { addRow, fillRow, showTable } from "./table.js";
import { recolor } from "./timeline.js";

function addFiles(files) {
  const added = [...files].map((file, i) => ({
    id: session.items.length + i + 1,
    file,
    name: file.webkitRelativePath || file.name,
    state: "checked",
  }));
  if (!added.length) return;
  session.items.push(...added);
  added.forEach((item) => addRow(item, session.classes, select));
  byId("table").hidden = false;
  byId("clear").disabled = false;
  setStatus("");
  added.forEach((item) => { item.checked = checks.last = checks.last.then(() => check(item)); });
  select(added[0]);
  checks.last.then(classifyWaiting);
}

const checks = { last: Promise.resolve() }; // one file after the other, since browsers limit players

async function check(item) {
  item.state = (await isLong(item.file)) ? "long" : "waiting";
  fillRow(item, session.classes);
}

function clearAll() {
  abortClassification();
  session.items.forEach(removeSegmentation);
  session.items = [];
  byId("rows").replaceChildren();
  for (const id of ["table", "trouble", "progress"]) byId(id).hidden = true;
  for (const id of ["play", "download", "clear"]) byId(id).disabled = true;
  clearSelection();
  setPageState("empty");
  setStatus("Cleared");
  byId("choose").focus();
}

async function retry() {
  if (await modelIsKnown()) classifyWaiting();
}

function downloadCsv() {
  const csv = new Blob([toCsv(session.items, session.classes)], { type: "text/csv" });
  const url = URL.createObjectURL(csv);
  make("a", { href: url, download: "vocalbaby.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const setDragging = (on) => document.body.classList.toggle("dragging", on);

byId("choose").onclick = () => byId("files").click();
byId("files").onchange = () => {
  addFiles(byId("files").files);
  byId("files").value = "";
};
byId("record").onclick = () => toggleRecording({
  onStart: () => player.pause(),
  onEnd: (file) => { redraw(null); addFiles([file]); },
});
byId("play").onclick = togglePlayback;
byId("download").onclick = downloadCsv;
byId("clear").onclick = clearAll;
byId("again").onclick = retry;
byId("key-form").onsubmit = (event) => {
  event.preventDefault();
  setKey(byId("key").value);
  retry();
};
document.ondragover = (event) => {
  event.preventDefault();
  setDragging(true);
};
document.ondragleave = (event) => {
  if (!event.relatedTarget) setDragging(false);
};
document.ondrop = async (event) => {
  event.preventDefault();
  setDragging(false);
  addFiles(await droppedFiles(event.dataTransfer));
};
window.onpagehide = ({ persisted }) => {
  if (!persisted) session.items.forEach(removeSegmentation);
};
matchMedia("(prefers-color-scheme: dark)").onchange = () => { redraw(); recolor(); };
new ResizeObserver(() => { if (!isRecording()) redraw(); }).observe(byId("plate"));
showTable(session, select);
showReading(null, session.classes);
retry();
