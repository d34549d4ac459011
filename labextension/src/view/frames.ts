/**
 * Binary messages of the view's socket: the length of the head (4 bytes, little-endian), the head, the buffers.
 */
export interface IFrame {
  content: unknown;
  buffers: DataView[];
}

/**
 * @throws Error where it is no such message.
 */
export function unpacked(frame: ArrayBuffer): IFrame {
  const length = new DataView(frame).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, length))) as {
    content: unknown;
    lengths: number[];
  };
  let at = 4 + length;
  const buffers = head.lengths.map(size => {
    const buffer = new DataView(frame, at, size);
    at += size;
    return buffer;
  });
  return { content: head.content, buffers };
}
