/** Where rows of different heights lie, and which of them a window shows. */
export class Heights {
  /** In pixels. */
  constructor(heights: readonly number[]) {
    this.tops = new Float64Array(heights.length + 1);
    heights.forEach((height, at) => {
      this.tops[at + 1] = this.tops[at] + height;
    });
  }

  /** The top of each row, and at last the end of all. */
  readonly tops: Float64Array;

  get total(): number {
    return this.tops[this.tops.length - 1];
  }

  /** The first row and the one behind the last that reach into a window. */
  within(top: number, height: number): [number, number] {
    const count = this.tops.length - 1;
    const first = Math.max(0, Math.min(count, this._below(top)));
    let end = first;
    while (end < count && this.tops[end] < top + height) {
      end += 1;
    }
    return [first, end];
  }

  /** How far to scroll so that a row is seen whole; where it is seen, nothing changes. */
  reveal(row: number, top: number, height: number): number {
    const [from, to] = [this.tops[row], this.tops[row + 1]];
    if (from < top) {
      return from;
    }
    return to > top + height ? to - height : top;
  }

  /** The row that lies at a place. */
  private _below(place: number): number {
    let low = 0;
    let high = this.tops.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= place) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
