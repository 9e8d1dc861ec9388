// Sound and vibration, for whoever is not looking at the screen. Each answer has its own pattern.

const TONES = { yes: [660, 880], wait: [520, 520], no: [220, 180, 150], unclear: [330, 330, 330] };
const SHAKES = { yes: [80], wait: [80, 80, 80], no: [400], unclear: [200, 100, 200] };

let audio;

/** Makes sound possible; browsers allow that only where somebody has pressed something. */
export function prepare() {
  audio ??= typeof AudioContext === 'undefined' ? undefined : new AudioContext();
  audio?.resume();
}

/** @param {import("./verdict.js").Tone} tone */
export function sound(tone) {
  if (!audio) return;
  TONES[tone].forEach((pitch, place) => {
    const oscillator = audio.createOscillator();
    const volume = audio.createGain();
    const begin = audio.currentTime + place * 0.18;
    oscillator.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.16);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(begin);
    oscillator.stop(begin + 0.17);
  });
}

/** @param {import("./verdict.js").Tone} tone */
export const shake = (tone) => navigator.vibrate?.(SHAKES[tone]);
