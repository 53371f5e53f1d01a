/**
 * Reads a label's code with the camera or from a photo, without any network.
 *
 *   [data-verify-scan]     button: opens the camera, or closes it again
 *   [data-verify-photo]    file input: a photo of the label (opens the camera app on a phone)
 *   [data-verify-camera]   video element, hidden until the camera runs
 *   [data-verify-scan-said] where it says what happens; data-said-* on it are its sentences
 *
 * The browser's own BarcodeDetector is asked where it has one for QR codes, else the bundled decoder. What was read goes
 * into the section's [data-verify-text], and the section's form is submitted.
 */
const EVERY = 150;
const LONGEST_SIDE = 1280;
/** A label's code has some 70 modules a side: what a camera gives unasked (often 640 × 480) is too coarse for it. */
const PICTURE = { width: { ideal: 1920 }, height: { ideal: 1080 } };

async function ownDetector() {
  try {
    const formats = await globalThis.BarcodeDetector?.getSupportedFormats();
    return formats?.includes("qr_code") ? new globalThis.BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

/** Return the text of the code in an image (video, bitmap), null if there is none. */
async function read(image, width, height, detector) {
  if (detector) {
    const found = await detector.detect(image);
    if (found.length > 0) return found[0].rawValue;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { decodeQR } = await import("../vendor/qr/qr-decode.min.js");
  try {
    return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height), { timeLimit: 400 }) ?? null;
  } catch {
    return null;
  }
}

class Scanner {
  constructor(root) {
    this.root = root;
    this.stream = null;
    this.video = root.querySelector("[data-verify-camera]");
    this.said = root.querySelector("[data-verify-scan-said]");
    const button = root.querySelector("[data-verify-scan]");
    button?.addEventListener("click", () => (this.stream ? this.stop() : this.start()));
    if (button && !navigator.mediaDevices?.getUserMedia) button.hidden = true;
    root.querySelector("[data-verify-photo]")?.addEventListener("change", (event) => this.photo(event.target));
  }

  say(key) {
    if (this.said) this.said.textContent = this.said.dataset[`said${key}`] ?? "";
  }

  async start() {
    try {
      const wish = { video: { facingMode: "environment", ...PICTURE }, audio: false };
      this.stream = await navigator.mediaDevices.getUserMedia(wish);
    } catch {
      this.say("Refused");
      return;
    }
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    this.say("Looking");
    const detector = await ownDetector();
    while (this.stream) {
      const { videoWidth: width, videoHeight: height } = this.video;
      const text = width ? await read(this.video, width, height, detector) : null;
      if (text && this.stream) return this.found(text);
      await new Promise((wake) => setTimeout(wake, EVERY));
    }
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    if (this.video) this.video.hidden = true;
    this.say("");
  }

  async photo(input) {
    const file = input.files?.[0];
    if (!file) return;
    this.say("Looking");
    try {
      const image = await createImageBitmap(file);
      const text = await read(image, image.width, image.height, await ownDetector());
      if (text) this.found(text);
      else this.say("Nothing");
    } catch {
      this.say("Nothing");
    }
    input.value = "";
  }

  found(text) {
    this.stop();
    const field = this.root.querySelector("[data-verify-text]");
    field.value = text;
    this.root.querySelector("[data-verify-form]").requestSubmit();
  }
}

for (const root of document.querySelectorAll("[data-verify]")) {
  if (root.querySelector("[data-verify-scan], [data-verify-photo]")) new Scanner(root);
}
