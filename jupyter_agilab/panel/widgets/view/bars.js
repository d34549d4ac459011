// Bars as they came: five numbers each, and which of them lie in a lane, in the order of time.

const FIELDS = 5;

class Bars {
  constructor(numbers, isBinned = false) {
    this.numbers = numbers;
    this.isBinned = isBinned;
    this.count = Math.floor(numbers.length / FIELDS);
    this.lanes = null;
  }

  lane(at) {
    return this.numbers[at * FIELDS];
  }

  start(at) {
    return this.numbers[at * FIELDS + 1];
  }

  stop(at) {
    return this.numbers[at * FIELDS + 2];
  }

  state(at) {
    return this.numbers[at * FIELDS + 3];
  }

  // the partition's place in the plan; several partitions together are told as minus their number
  index(at) {
    return this.numbers[at * FIELDS + 4];
  }

  of(lane) {
    if (!this.lanes) {
      this.lanes = new Map();
      for (let at = 0; at < this.count; at++) {
        const key = this.lane(at);
        if (!this.lanes.has(key)) this.lanes.set(key, []);
        this.lanes.get(key).push(at);
      }
      for (const places of this.lanes.values())
        places.sort((one, other) => this.start(one) - this.start(other));
    }
    return this.lanes.get(lane) ?? [];
  }

  // the bar of a lane at a time; of several within `slack_s` the nearest
  find(lane, time, slack) {
    let best = -1;
    let least = slack;
    const { numbers } = this;
    for (let at = 0, place = 0; at < this.count; at++, place += FIELDS) {
      if (numbers[place] !== lane) continue;
      const off = Math.max(numbers[place + 1] - time, time - numbers[place + 2], 0);
      if (off < least || (off === 0 && least >= 0)) [best, least] = [at, off || -1];
    }
    return best;
  }

  findIndex(index) {
    for (let at = 0; at < this.count; at++) if (this.numbers[at * FIELDS + 4] === index) return at;
    return -1;
  }

  describe(at) {
    return {
      lane: this.lane(at),
      start: this.start(at),
      stop: this.stop(at),
      state: this.state(at),
      index: this.index(at),
    };
  }
}
