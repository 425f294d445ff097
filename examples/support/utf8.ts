// Bytes of a file as a text. No file access: a page uses this too.

import { TextError } from "./plays.ts";

/** UTF-8 bytes as a text: byte-order mark removed, line breaks as `\n`. Throws a `TextError` naming the first bad byte. */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.replace(/\r\n?/g, "\n");
  } catch {
    const offset = firstBadByte(bytes);
    const byte = bytes[offset].toString(16).padStart(2, "0").toUpperCase();
    throw new TextError(`${name} is not UTF-8: byte 0x${byte} at offset ${offset}; ${wayOutOf(bytes)}`);
  }
}

/** Where UTF-8 breaks off: the first replacement character of a lenient decoder that the bytes do not hold. */
function firstBadByte(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const encoder = new TextEncoder();
  for (
    let at = -1, offset = 0, from = 0;
    (at = text.indexOf("\ufffd", from)) >= 0;
    from = at + 1, offset += 3
  ) {
    offset += encoder.encode(text.slice(from, at)).length;
    const isWritten = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!isWritten) return offset;
  }
  return bytes.length - 1;
}

function wayOutOf(bytes: Uint8Array): string {
  const mark = (bytes[0] << 8) | bytes[1];
  if (mark === 0x1f8b) return "it is compressed: unpack it first with gunzip";
  const guess = mark === 0xfffe || mark === 0xfeff ? "UTF-16" : "WINDOWS-1252";
  return `convert it first: iconv -f ${guess} -t UTF-8`;
}
