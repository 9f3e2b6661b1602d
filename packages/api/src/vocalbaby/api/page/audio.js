// Decoding of files and recording from the microphone.
import { encodeWav } from "./dsp.js";

export const RATE = 16000; // Hz, as in the model
const MAX_S = 30;
const SHORT_BYTES = 100_000; // a smaller file is sent as a clip; the server knows its length
const MAX_CLIP_BYTES = 2 ** 25;

const REFUSALS = {
  NotAllowedError: "The browser does not allow this page to use the microphone. "
    + "Allow it in the site's settings, then press Record again.",
  NotFoundError: "No microphone was found. Connect one, then press Record again.",
  NotReadableError: "The microphone is in use by another program. "
    + "Close that, then press Record again.",
};

/** Return mono samples at RATE, or null when the browser cannot decode the file. */
export async function decode(file) {
  try {
    const context = new OfflineAudioContext(1, 1, RATE);
    const sound = await context.decodeAudioData(await file.arrayBuffer());
    const mono = sound.getChannelData(0).slice();
    for (let channel = 1; channel < sound.numberOfChannels; channel++) {
      sound.getChannelData(channel).forEach((x, i) => { mono[i] += x; });
    }
    return mono.map((x) => x / sound.numberOfChannels);
  } catch {
    return null;
  }
}

/** Whether a file is too long to be a clip, by its head and without decoding it. */
export async function isLong(file) {
  if (file.size < SHORT_BYTES) return false;
  const media = new Audio();
  media.preload = "metadata";
  media.src = URL.createObjectURL(file);
  const seconds = await new Promise((resolve) => {
    media.onloadedmetadata = () => resolve(media.duration);
    media.onerror = () => resolve(NaN);
  });
  URL.revokeObjectURL(media.src);
  media.removeAttribute("src");
  return Number.isFinite(seconds) ? seconds > MAX_S : file.size > MAX_CLIP_BYTES;
}

/**
 * Record until the returned function is called, or for MAX_S seconds.
 * `onBlock(peak, seconds)` is called with the largest sample of every block and the length so
 * far, and `onEnd(file)` with a WAV file. Throws an Error with a message for the user when there
 * is no microphone or no permission.
 */
export async function record(name, onBlock, onEnd) {
  if (!navigator.mediaDevices) {
    throw new Error(
      "Browsers record only on pages from https or localhost. Choose a file instead.",
    );
  }
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL("recorder.js", import.meta.url));
  const unfiltered = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: unfiltered })
    .catch((error) => {
      context.close();
      throw new Error(REFUSALS[error.name] ?? `The microphone cannot be used: ${error.message}`);
    });
  const blocks = [];
  let length = 0;
  const stop = () => {
    if (context.state === "closed") return;
    stream.getTracks().forEach((track) => track.stop());
    const rate = context.sampleRate;
    context.close();
    const samples = new Float32Array(length);
    blocks.reduce((at, block) => (samples.set(block, at), at + block.length), 0);
    onEnd(new File([encodeWav(samples, rate)], name, { type: "audio/wav" }));
  };
  const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  node.port.onmessage = ({ data }) => {
    if (context.state === "closed") return;
    blocks.push(data);
    length += data.length;
    onBlock(data.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0), length / context.sampleRate);
    if (length >= MAX_S * context.sampleRate) stop();
  };
  context.createMediaStreamSource(stream).connect(node);
  return stop;
}
