// Where lanes lie: one for each worker, under the name of its host where there is more than one.

const HOST_HEIGHT = 20;
const AXIS_HEIGHT = 24;

class Lanes {
  constructor(lanes) {
    this.lanes = lanes;
    const hosts = [...new Set(lanes.map((lane) => lane.host ?? ''))];
    this.hosts = hosts;
    this.withHosts = hosts.length > 1;
    const count = lanes.length;
    this.laneHeight = count <= 8 ? 30 : count <= 16 ? 24 : count <= 48 ? 18 : 14;
    this.tops = new Array(count);
    this.heads = [];
    this.order = [];
    let y = 4;
    for (const host of this.withHosts ? hosts : [null]) {
      const own = lanes
        .map((lane, at) => at)
        .filter((at) => host === null || (lanes[at].host ?? '') === host);
      if (host !== null) {
        this.heads.push({
          host,
          top: y,
          lanes: own,
          load: own.reduce((sum, at) => sum + (lanes[at].load_s ?? 0), 0),
        });
        y += HOST_HEIGHT;
      }
      for (const at of own) {
        this.tops[at] = y;
        this.order.push(at);
        y += this.laneHeight;
      }
    }
    this.height = y + 4;
    this.most = lanes.reduce((most, lane) => Math.max(most, lane.load_s ?? 0), 0);
  }

  get count() {
    return this.lanes.length;
  }

  // the lane at a height, -1 where there is none
  at(y) {
    return this.order.find((at) => y >= this.tops[at] && y < this.tops[at] + this.laneHeight) ?? -1;
  }

  hostAt(y) {
    return this.heads.find((head) => y >= head.top && y < head.top + HOST_HEIGHT)?.host ?? null;
  }

  label(at) {
    const lane = this.lanes[at];
    return lane ? (lane.label ?? lane.worker ?? String(lane.id)) : '';
  }

  // the lane above or below, as they are shown
  next(at, step) {
    const place = this.order.indexOf(at) + step;
    return place >= 0 && place < this.order.length ? this.order[place] : -1;
  }
}
