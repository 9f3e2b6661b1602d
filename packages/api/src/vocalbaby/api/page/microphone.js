// The record button.
import { record } from "./audio.js";
import { byId, pageState, setPageState, setStatus, showTrouble } from "./dom.js";
import { drawLive } from "./figure.js";

const recording = { stop: null, count: 0 };

export const isRecording = () => recording.stop !== null;

/**
 * Start or stop a recording. `onStart()` is called when the microphone is open, and
 * `onEnd(file)` with the WAV file.
 */
export async function toggleRecording({ onStart, onEnd }) {
  if (recording.stop) {
    recording.stop();
    return;
  }
  const stateBefore = pageState();
  const name = `recording-${String(recording.count + 1).padStart(2, "0")}.wav`;
  const ended = (file) => {
    recording.stop = null;
    byId("record").textContent = "Record";
    setPageState(stateBefore);
    onEnd(file);
  };
  recording.stop = () => {}; // until the microphone is open
  byId("trouble").hidden = true;
  try {
    recording.stop = await record(name, showLevel([]), ended);
  } catch (error) {
    recording.stop = null;
    showTrouble(error.message, { canRetry: false });
    return;
  }
  recording.count += 1;
  onStart();
  setPageState("recording");
  setStatus("Recording");
  byId("record").textContent = "Stop";
}

/** Return a function that shows the level and the length of the recording so far. */
const showLevel = (peaks) => (peak, seconds) => {
  if (peaks.push(peak) % 4 === 0) drawLive(byId("canvas"), peaks);
  byId("caption").textContent = `Recording, ${seconds.toFixed(1)} s`;
};
