// Reads and writes HdrHistogram interval logs with hdr-histogram-js.
//   node histogram.mjs read FILE           one JSON line for each interval: count, max, percentiles
//   node histogram.mjs write FILE SEED N   one interval of N values that any reader can make again from the seed
import { readFileSync, writeFileSync } from "node:fs";
import hdr from "hdr-histogram-js";

const [mode, file, seed, count] = process.argv.slice(2);
if (mode === "read") {
  const reader = new hdr.HistogramLogReader(readFileSync(file, "utf8"));
  for (let h = reader.nextIntervalHistogram(); h; h = reader.nextIntervalHistogram()) {
    const percentiles = [0, 25, 50, 75, 90, 99, 99.9, 99.99, 100].map((p) => h.getValueAtPercentile(p));
    console.log(JSON.stringify({ tag: h.tag ?? null, count: h.totalCount, max: h.maxValue, percentiles }));
  }
} else {
  const h = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 3600000000, numberOfSignificantValueDigits: 3, useWebAssembly: false });
  let state = BigInt(seed);
  for (let i = 0; i < Number(count); i++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    h.recordValue(Number((state >> 33n) % 1000000000n));
  }
  h.startTimeStampMsec = 1000;
  h.endTimeStampMsec = 2000;
  const writer = new hdr.HistogramLogWriter((text) => (out += text));
  let out = "";
  writer.outputLogFormatVersion();
  writer.outputLegend();
  writer.outputIntervalHistogram(h);
  writeFileSync(file, out);
}
