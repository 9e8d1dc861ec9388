// The camera: looks at one frame at a time, as fast as the verifier takes them.

/** Longest side of a frame that is looked at, in pixels: more detail costs time and reads no better. */
const SIDE = 800;

/** Why the camera cannot be used, in words and with a way on. */
const TROUBLE = {
  NotAllowedError: 'This page may not use the camera. Allow it in the browser’s settings for this site, or choose a picture or paste the text instead.',
  NotFoundError: 'This device has no camera. Choose a picture, paste the text, or use a scanner that types.',
  NotReadableError: 'Another program is using the camera. Close it, then start the camera again.',
};
const OTHER = 'The camera could not be started. Choose a picture, paste the text, or use a scanner that types.';

/**
 * Starts the camera and hands each frame to `look`, never two at once.
 * @param {HTMLVideoElement} video
 * @param {(frame: ImageBitmap) => Promise<void>} look
 * @returns {Promise<() => void>} which stops it
 * @throws {Error} in words, when there is no camera or it may not be used
 */
export async function startCamera(video, look) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(OTHER);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
      audio: false,
    });
  } catch (error) {
    throw new Error(TROUBLE[error.name] ?? OTHER);
  }
  video.srcObject = stream;
  await video.play();
  let running = true;
  const again = () => {
    if (!running) return;
    video.requestVideoFrameCallback ? video.requestVideoFrameCallback(next) : requestAnimationFrame(next);
  };
  const next = async () => {
    if (running && video.videoWidth > 0) await look(await frame(video, video.videoWidth, video.videoHeight));
    again();
  };
  again();
  return () => {
    running = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}

/** A picture out of a file, small enough to be looked at. Rejects when it is none. */
export async function pictureOf(file) {
  const whole = await createImageBitmap(file);
  const small = await frame(whole, whole.width, whole.height, 1600);
  whole.close();
  return small;
}

function frame(source, width, height, side = SIDE) {
  const scale = Math.min(1, side / Math.max(width, height));
  if (scale === 1) return createImageBitmap(source);
  return createImageBitmap(source, {
    resizeWidth: Math.round(width * scale),
    resizeHeight: Math.round(height * scale),
    resizeQuality: 'medium',
  });
}
