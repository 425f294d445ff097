/** Numbers as torch_peer.py reads them: their bytes in base64. */
export function encoded(data: Float32Array | Int32Array): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const parts: string[] = [];
  // A call takes only so many arguments; a multiple of three needs no padding within.
  for (let at = 0; at < bytes.length; at += 0x6000)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  return parts.join("");
}
