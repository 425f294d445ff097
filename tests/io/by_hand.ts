/** Safetensors files that src/io did not write: by hand, and by the reference implementation. */

/** Length, header padded with spaces to a multiple of 8, data. */
export function safetensorsFile(header: string, ...data: Uint8Array[]): Uint8Array {
  const bytes = [...new TextEncoder().encode(header)];
  while (bytes.length % 8 !== 0) bytes.push(" ".charCodeAt(0));
  const length: number[] = [];
  for (let i = 0, rest = bytes.length; i < 8; i++, rest = Math.floor(rest / 256)) length.push(rest % 256);
  return Uint8Array.from([...length, ...bytes, ...data.flatMap((part) => [...part])]);
}

/** Little-endian f32. */
export function float32(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** Little-endian i32. */
export function int32(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setInt32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** Written by the reference implementation: Python's safetensors 0.8.0, `safetensors.numpy.save`. */
export const REFERENCE = Uint8Array.from(
  atob(
    "0AEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJsaWNlbmNlIjoiTW9sacOocmUg4oCZIn0sImlkcyI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpb" +
      "M10sImRhdGFfb2Zmc2V0cyI6WzAsMjRdfSwid2VpZ2h0Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDNdLCJkYXRhX29mZnNldHMiOlsy" +
      "NCw0OF19LCJjb3VudHMiOnsiZHR5cGUiOiJJMzIiLCJzaGFwZSI6WzEsMl0sImRhdGFfb2Zmc2V0cyI6WzQ4LDU2XX0sImJyYWluIjp7ImR0" +
      "eXBlIjoiQkYxNiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzU2LDYyXX0sImhhbGYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzEy" +
      "XSwiZGF0YV9vZmZzZXRzIjpbNjIsODZdfSwiYnl0ZXMiOnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6Wzg2LDg5" +
      "XX0sIm1hc2siOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls4OSw5MF19fSAgICAgIAAAAID/////BwAAAAAA" +
      "AAD///9/AAAAAAAAwD8AABDAzczMPeaxYX8AAACAAQAAAPv///8GAAAAgD9JwIB/AAAAgAEA/4MABAA8AMD/ewB8APwAflU1AID/AQ==",
  ),
  (character) => character.charCodeAt(0),
);
