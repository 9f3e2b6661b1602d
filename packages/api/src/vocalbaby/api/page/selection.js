// The recording that is shown above the table: figure, playback and result.
import { RATE, decode } from "./audio.js";
import { byId } from "./dom.js";
import { draw } from "./figure.js";
import { loadFile, player } from "./player.js";
import { showReading } from "./reading.js";
import { showSegmentation } from "./segmentation.js";
import { session } from "./session.js";
import { markRow } from "./table.js";

const INITIAL_CAPTION = byId("caption").textContent;
const DRAWN = "Spectrogram: Hann window of 25 ms, mel-spaced axis, range of 55 dB.";
const LONG = "This recording is longer than a clip. Below, it can be cut into segments.";
const NOT_DRAWN = "This browser cannot draw or play this file; the server may be able to read it.";

/** Draw samples, or those of the selected recording again. */
export function redraw(samples = session.samples) {
  session.samples = samples;
  draw(byId("canvas"), samples);
}

/** Show an item of the table. */
export async function select(item) {
  player.pause();
  markRow(session.selected, false);
  session.selected = item;
  markRow(item, true);
  showReading(item, session.classes);
  showSegmentation();
  await item.checked;
  if (session.selected !== item) return; // another item was selected meanwhile
  if (item.state === "long") {
    byId("caption").textContent = LONG;
    byId("canvas").ariaLabel = "No picture";
    byId("play").disabled = true;
    redraw(null);
    showReading(item, session.classes);
    showSegmentation();
    return;
  }
  const samples = await decode(item.file);
  if (session.selected !== item) return;
  item.duration = samples ? samples.length / RATE : 0;
  redraw(samples);
  byId("caption").textContent = samples ? DRAWN : NOT_DRAWN;
  byId("canvas").ariaLabel = samples ? `Waveform and spectrogram of ${item.name}` : "No picture";
  byId("play").disabled = !samples;
  loadFile(item.file);
}

/** Show no recording. */
export function clearSelection() {
  player.pause();
  session.selected = null;
  byId("caption").textContent = INITIAL_CAPTION;
  byId("canvas").ariaLabel = "No recording yet";
  redraw(null);
  showReading(null, session.classes);
  showSegmentation();
}
