// Runs an ONNX file in ONNX Runtime and compares its logits with recorded ones.
//
//   npm install --ignore-scripts onnxruntime-node        (anywhere; its folder goes into SEGSHARP_ONNXRUNTIME)
//   node onnx_check.mjs MODEL.onnx IMAGE.npy LOGITS.npy [IMAGE.npy LOGITS.npy ...]
//
// Prints one JSON object: for every pair the largest difference of a logit, and of all voxels whose label differs the widest
// margin between the two best logits. Exit code 1 when a logit differs by more than 1e-4 or a label by more than 1e-3.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [model, ...files] = process.argv.slice(2);
if (!model || files.length === 0 || files.length % 2 !== 0) {
  console.error("usage: node onnx_check.mjs MODEL.onnx IMAGE.npy LOGITS.npy [IMAGE.npy LOGITS.npy ...]");
  process.exit(2);
}

const runtime = createRequire(join(resolve(process.env.SEGSHARP_ONNXRUNTIME ?? "."), "from.js"))("onnxruntime-node");

function readNpy(path) {
  const bytes = readFileSync(path);
  const wide = bytes[6] >= 2;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const start = wide ? 12 : 10;
  const header = bytes.toString("latin1", start, start + length);
  if (!/'descr': '<f4'/.test(header) || /'fortran_order': True/.test(header)) {
    throw new Error(`${path}: float32 in row-major order is needed, found ${header.trim()}`);
  }
  const shape = /'shape': \(([^)]*)\)/.exec(header)[1].split(",").map((s) => s.trim()).filter(Boolean).map(Number);
  const copy = new Uint8Array(bytes.subarray(start + length));
  return { shape, values: new Float32Array(copy.buffer) };
}

// The label of a voxel and by how much it wins: argmax over the channels, or the sign of a single one.
function decide(values, first, stride, classes) {
  let best = 0, top = values[first], second = classes === 1 ? 0 : -Infinity;
  if (classes === 1) return { label: top > 0 ? 1 : 0, margin: Math.abs(top) };
  for (let k = 1; k < classes; k++) {
    const v = values[first + k * stride];
    if (v > top) { second = top; top = v; best = k; } else if (v > second) { second = v; }
  }
  return { label: best, margin: top - second };
}

const session = await runtime.InferenceSession.create(model);
const results = [];
for (let i = 0; i < files.length; i += 2) {
  const image = readNpy(files[i]);
  const expected = readNpy(files[i + 1]);
  const outputs = await session.run({ image: new runtime.Tensor("float32", image.values, image.shape) });
  const { dims, data } = outputs.logits;
  const sameShape = dims.length === expected.shape.length && dims.every((d, axis) => d === expected.shape[axis]);
  let largest = sameShape ? 0 : Infinity, otherLabels = 0, widestMargin = 0;
  if (sameShape) {
    for (let j = 0; j < data.length; j++) {
      const difference = Math.abs(data[j] - expected.values[j]);
      largest = difference <= largest ? largest : difference;   // not a number counts as different
    }
    const [batch, classes] = dims;
    const stride = data.length / (batch * classes);
    for (let n = 0; n < batch; n++) {
      for (let v = 0; v < stride; v++) {
        const first = n * classes * stride + v;
        const [a, b] = [decide(data, first, stride, classes), decide(expected.values, first, stride, classes)];
        if (a.label !== b.label) {
          otherLabels++;
          widestMargin = Math.max(widestMargin, b.margin);
        }
      }
    }
  }
  results.push({ image: image.shape, logits: dims, expected: expected.shape, largestDifference: Number.isFinite(largest) ? largest : null, otherLabels, widestMargin });
}

const passed = results.every((r) => r.largestDifference !== null && r.largestDifference <= 1e-4 && r.widestMargin <= 1e-3);
console.log(JSON.stringify({ runtime: runtime.env?.versions?.node ?? "unknown", passed, results }));
process.exitCode = passed ? 0 : 1;
