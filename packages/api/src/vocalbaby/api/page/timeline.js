// The timeline of a segmented recording: zoom, selection, playback and the list of segments.
import { RATE } from "./audio.js";
import { byId } from "./dom.js";
import { encodeWav } from "./dsp.js";
import { fetchJob, fetchLevels, fetchSamples } from "./jobs.js";
import { describe, indexSegments, laneOf, listSegments, neighbour, segmentsBetween } from "./segments.js";
import { drawTimeline, layout } from "./timeline_figure.js";

const LEVELS = 2048;
const DETAIL_S = 30; // the server sends no longer piece of sound
const LEAST_S = 0.2;
const SETTLE_MS = 150; // without a move, until what is in view is loaded
const MARGIN_S = 0.1; // of sound before and after a segment that is played
const CLICK_PX = 4;

const canvas = byId("timeline-canvas");
const player = new Audio();
let view = null; // what is drawn, see timeline_figure.js; and {id, played, timer, loading}
let frame = 0;

/** Load the result of a job that is done; returns what showTimeline needs. */
export async function loadTimeline(job, classes) {
  const response = await fetchJob(job.id, "/result");
  const { segments, clock_start: start, duration_s: length } = await response.json();
  const duration = job.total_s || length;
  const data = await fetchLevels(job.id, 0, duration, LEVELS);
  const lanes = [...classes, ...(segments.some((s) => s.tier === "quality") ? ["Quality"] : [])];
  const [, hours, minutes, seconds] = /T(\d+):(\d+):([\d.]+)/.exec(start ?? "") ?? [];
  return {
    id: job.id, duration, from: 0, to: duration, lanes, index: indexSegments(segments),
    whole: { data, from: 0, to: duration }, levels: null, piece: null, selected: null, drag: null,
    clockStart: hours ? Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) : null,
  };
}

/** Show a loaded timeline as it was last seen, or none. */
export function showTimeline(shown) {
  view?.loading?.abort();
  player.pause();
  view = shown;
  byId("timeline").hidden = !view;
  if (!view) return;
  canvas.style.height = `${layout(canvas, view.lanes).height}px`;
  moveTo(view.from, view.to);
  select(view.selected);
}

/** Show the part between two times, as far as it is within the recording. */
export function moveTo(from, to) {
  const span = Math.min(Math.max(to - from, LEAST_S), view.duration);
  view.from = Math.min(Math.max(from, 0), view.duration - span);
  view.to = view.from + span;
  view.canZoom = span <= DETAIL_S;
  clearTimeout(view.timer);
  const current = view;
  view.timer = setTimeout(() => load(current), SETTLE_MS);
  redraw();
}

/** Draw at the next frame, however often this is called before. */
export function redraw() {
  if (view) frame ||= requestAnimationFrame(() => { frame = 0; if (view) drawTimeline(canvas, view); });
}

/** Draw again in other colors. */
export function recolor() {
  if (view?.piece) view.piece.sheet = null;
  redraw();
}

/** Load levels, and sound where it is drawn, of what is in view, and list its segments. */
async function load(current) {
  if (current !== view) return;
  const { id, from, to, index, canZoom } = view;
  view.loading?.abort();
  view.loading = new AbortController();
  const { signal } = view.loading;
  listSegments(byId("segments"), byId("segments-note"), segmentsBetween(index, from, to),
    view.selected, (segment) => { select(segment); play(); });
  try {
    const data = await fetchLevels(id, from, to, LEVELS, signal);
    current.levels = { data, from, to };
    if (canZoom) current.piece = { from, samples: await fetchSamples(id, from, to, signal) };
  } catch (error) {
    if (!signal.aborted) byId("timeline-live").textContent = error.message || "No connection";
  }
  redraw();
}

/** Zoom around a time: by default to the selected segment, if it is in view, or to the middle. */
function zoom(factor, at) {
  if (at === undefined) {
    const half = (factor * (view.to - view.from)) / 2;
    moveTo(centre() - half, centre() + half);
    return;
  }
  moveTo(at - (at - view.from) * factor, at + (view.to - at) * factor);
}

function centre() {
  const { from, to, selected } = view;
  const middle = selected ? (selected.onset_s + selected.offset_s) / 2 : NaN;
  return middle > from && middle < to ? middle : (from + to) / 2;
}

const pan = (share) => {
  const by = share * (view.to - view.from);
  moveTo(view.from + by, view.to + by);
};

/** Select a segment, and bring it into view. */
function select(segment) {
  view.selected = segment;
  byId("timeline-live").textContent = segment ? describe(segment) : "No segment selected";
  byId("timeline-play").disabled = !segment;
  if (segment && (segment.onset_s < view.from || segment.offset_s > view.to)) {
    const span = Math.max(view.to - view.from, segment.offset_s - segment.onset_s);
    const middle = (segment.onset_s + segment.offset_s) / 2;
    moveTo(middle - span / 2, middle + span / 2);
  }
  redraw();
}

const step = (by) => select(neighbour(view.index, view.selected, by, view.from) ?? null);

/** Play the selected segment, or stop. */
async function play() {
  if (!player.paused || !view.selected) return player.pause();
  const { onset_s: onset, offset_s: offset } = view.selected;
  const from = Math.max(0, onset - MARGIN_S);
  const to = Math.min(view.duration, offset + MARGIN_S, from + DETAIL_S);
  const current = view;
  const samples = await fetchSamples(view.id, from, to).catch((error) => error);
  if (current !== view) return undefined;
  if (!(samples instanceof Float32Array)) {
    byId("timeline-live").textContent = samples.message || "No connection";
    return undefined;
  }
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(new Blob([encodeWav(samples, RATE)], { type: "audio/wav" }));
  view.played = from;
  return player.play();
}

function movePlayhead() {
  const line = byId("timeline-playhead");
  line.hidden = player.paused || !view;
  byId("timeline-play").textContent = player.paused ? "Play" : "Stop playing";
  if (line.hidden) return;
  const { x, w } = layout(canvas, view.lanes);
  const share = (view.played + player.currentTime - view.from) / (view.to - view.from);
  line.hidden = share < 0 || share > 1;
  line.style.left = `${x + share * w}px`;
  requestAnimationFrame(movePlayhead);
}

const KEYS = {
  ArrowLeft: () => pan(-0.2),
  ArrowRight: () => pan(0.2),
  ArrowUp: () => zoom(0.5),
  ArrowDown: () => zoom(2),
  "+": () => zoom(0.5),
  "-": () => zoom(2),
  Home: () => moveTo(0, view.to - view.from),
  End: () => moveTo(view.duration, view.duration + view.to - view.from),
  0: () => moveTo(0, view.duration),
  n: () => step(1),
  p: () => step(-1),
  Enter: play,
  " ": play,
};

const whereIs = (event) => {
  const { x, w, strip } = layout(canvas, view.lanes);
  const share = Math.min(1, Math.max(0, (event.offsetX - x) / w));
  const onStrip = event.offsetY < strip;
  const time = onStrip ? share * view.duration : view.from + share * (view.to - view.from);
  return { time, onStrip, pixel: (view.to - view.from) / w };
};

function onWheel(event) {
  event.preventDefault();
  const across = event.shiftKey ? event.deltaY : event.deltaX;
  if (Math.abs(across) > Math.abs(event.deltaY) || event.shiftKey) pan(across / 800);
  else zoom(1.002 ** event.deltaY, whereIs(event).time);
}

/** A drag over the strip moves the view; one over the rest zooms to what it covers. */
function onPointerDown(event) {
  const { time, onStrip } = whereIs(event);
  canvas.setPointerCapture(event.pointerId);
  const move = ({ time: now }) => {
    const half = (view.to - view.from) / 2;
    if (onStrip) moveTo(now - half, now + half);
    else view.drag = [time, now];
    redraw();
  };
  move({ time });
  canvas.onpointermove = (moved) => {
    if (whereIs(moved).onStrip === onStrip) move(whereIs(moved));
  };
  canvas.onpointerup = (up) => {
    canvas.onpointermove = null;
    canvas.onpointerup = null;
    const drag = view.drag?.toSorted((a, b) => a - b);
    view.drag = null;
    redraw();
    if (!drag) return;
    if (drag[1] - drag[0] > CLICK_PX * whereIs(up).pixel) moveTo(...drag);
    else click(up, drag[0]);
  };
}

function click(event, time) {
  const { lanes } = layout(canvas, view.lanes);
  const near = CLICK_PX * whereIs(event).pixel;
  const found = segmentsBetween(view.index, time - near, time + near);
  const lane = view.lanes[Math.floor((event.offsetY - lanes) / 18)];
  const segment = found.find((s) => laneOf(s) === lane) ?? found[0];
  if (!segment) return;
  player.pause();
  select(segment);
  play();
}

canvas.addEventListener("wheel", onWheel, { passive: false });
canvas.onpointerdown = onPointerDown;
byId("timeline-plot").onkeydown = (event) => {
  const act = !event.ctrlKey && !event.altKey && !event.metaKey && KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
};
byId("timeline-in").onclick = () => zoom(0.5);
byId("timeline-out").onclick = () => zoom(2);
byId("timeline-whole").onclick = () => moveTo(0, view.duration);
byId("timeline-previous").onclick = () => step(-1);
byId("timeline-next").onclick = () => step(1);
byId("timeline-play").onclick = play;
player.onplay = movePlayhead;
player.onpause = movePlayhead;
player.onended = movePlayhead;
new ResizeObserver(redraw).observe(byId("timeline-plot"));
