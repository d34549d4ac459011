// Questions to the kernel: one of each kind under way, the newest waits, and no answer is shown out of order.

const BUSY_AFTER_MS = 2_500;
const ASK_AGAIN_AFTER_MS = 15_000;
const BYTES_PER_SECOND = 70_000;

function floats(view) {
  if (!view || !view.byteLength) return new Float32Array(0);
  // a buffer may lie at any place of a message, floats only at multiples of four
  return view.byteOffset % 4 === 0
    ? new Float32Array(view.buffer, view.byteOffset, view.byteLength >> 2)
    : new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

class Asking {
  constructor(model, told) {
    this.model = model;
    this.told = told;
    this.kinds = new Map();
    this.sent = new Map();
    // views in other tabs hear the answers too: numbers from a place of one's own tell them apart
    this.request = Math.floor(Math.random() * 2 ** 40) * 1024;
    this.isBusy = false;
    this.hear = (message, buffers) => this.heard(message, buffers ?? []);
    model.on('msg:custom', this.hear);
    this.timer = setInterval(() => this.look(), 500);
  }

  kind(name) {
    let kind = this.kinds.get(name);
    if (!kind) {
      kind = {
        name,
        isOnce: /^(act|pin)/.test(name),
        underWay: null,
        next: null,
        newest: 0,
        bytes: 0,
        answeredAt: 0,
        patience: 1,
        later: 0,
      };
      this.kinds.set(name, kind);
    }
    return kind;
  }

  // ask now, or as soon as the answer to the question before has come; an older one that waits is dropped
  ask(name, body, done) {
    const kind = this.kind(name);
    clearTimeout(kind.later);
    kind.later = 0;
    if (kind.underWay) kind.next = { body, done };
    else this.send(kind, body, done);
  }

  // ask when time has passed since the last answer: the more bytes it had, the more time
  askInTime(name, body, done, leastMs) {
    const kind = this.kind(name);
    if (kind.later || kind.next) return;
    const wait = Math.max(leastMs, (1000 * kind.bytes) / BYTES_PER_SECOND);
    const left = kind.answeredAt + wait - performance.now();
    const go = () => this.ask(name, body(), done);
    if (left <= 0 && !kind.underWay) go();
    else
      kind.later = setTimeout(
        () => {
          kind.later = 0;
          go();
        },
        Math.max(left, 50),
      );
  }

  send(kind, body, done) {
    this.request += 1;
    const number = this.request;
    kind.underWay = { number, at: performance.now(), body, done };
    this.sent.set(number, { kind, body, done });
    for (const old of this.sent.keys()) {
      if (this.sent.size <= 64) break;
      this.sent.delete(old);
    }
    this.model.send({ ...body, request: number });
  }

  heard(message, buffers) {
    const asked = this.sent.get(message?.request);
    if (!asked) return;
    this.sent.delete(message.request);
    const { kind } = asked;
    if (kind.underWay?.number === message.request) kind.underWay = null;
    kind.answeredAt = performance.now();
    kind.patience = 1;
    kind.bytes = buffers.reduce((sum, each) => sum + each.byteLength, 0);
    if (message.rows) kind.bytes += 16 * message.rows.length * (message.columns?.length ?? 8);
    this.setBusy(false);
    if (message.request > kind.newest) {
      kind.newest = message.request;
      if (message.type === 'error') this.told.wrong(message.message, kind.name);
      asked.done(message, buffers, asked.body);
    }
    if (kind.next && !kind.underWay) {
      const { body, done } = kind.next;
      kind.next = null;
      this.send(kind, body, done);
    }
  }

  // no answer for a while: the kernel is busy, or gone
  look() {
    const now = performance.now();
    let longest = 0;
    for (const kind of this.kinds.values()) {
      if (!kind.underWay) continue;
      const waited = now - kind.underWay.at;
      longest = Math.max(longest, waited);
      if (waited < ASK_AGAIN_AFTER_MS * kind.patience) continue;
      if (kind.isOnce) {
        // to say it again might do it twice
        kind.underWay = null;
        continue;
      }
      kind.patience = Math.min(8, kind.patience * 2);
      const { body, done } = kind.next ?? kind.underWay;
      kind.next = null;
      this.send(kind, body, done);
    }
    if (longest > BUSY_AFTER_MS) this.setBusy(true);
  }

  setBusy(isBusy) {
    if (isBusy === this.isBusy) return;
    this.isBusy = isBusy;
    this.told.busy(isBusy);
  }

  close() {
    clearInterval(this.timer);
    for (const kind of this.kinds.values()) clearTimeout(kind.later);
    this.model.off('msg:custom', this.hear);
  }
}
