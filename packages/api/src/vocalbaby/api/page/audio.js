// Sound in and out of the browser: decode, play, record.
import { encodeWav } from "./dsp.js";

export const RATE = 16000; // what the model hears
const MAX_S = 30;

const REFUSALS = {
  NotAllowedError: "The browser does not allow this page to use the microphone. Allow it in the site's settings, then press Record again.",
  NotFoundError: "No microphone was found. Connect one, then press Record again.",
  NotReadableError: "The microphone is in use by another program. Close that, then press Record again.",
};

/** Mono samples at RATE, or null where the browser cannot decode the format. */
export async function decode(file) {
  try {
    const context = new OfflineAudioContext(1, 1, RATE);
    const sound = await context.decodeAudioData(await file.arrayBuffer());
    const mono = sound.getChannelData(0).slice();
    for (let c = 1; c < sound.numberOfChannels; c++) sound.getChannelData(c).forEach((x, i) => { mono[i] += x; });
    return mono.map((x) => x / sound.numberOfChannels);
  } catch {
    return null;
  }
}

/**
 * Record until the returned function is called, or for MAX_S seconds.
 * onBlock hears the loudest sample of every block; onEnd gets a WAV file.
 * Throws an Error in words where there is no microphone or no permission.
 */
export async function record(name, onBlock, onEnd) {
  if (!navigator.mediaDevices) {
    throw new Error("Browsers record only on pages from https or localhost. Choose a file instead.");
  }
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL("recorder.js", import.meta.url));
  const wanted = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted }).catch((error) => {
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
