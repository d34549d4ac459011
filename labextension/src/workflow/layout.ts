/**
 * Where the stages of a workflow are drawn: from left to right by what they need, with few crossings.
 */
import { IWorkflowEdge } from './types';

export interface IPlaced {
  name: string;
  column: number;
  row: number;
}

export interface ILayout {
  placed: ReadonlyMap<string, IPlaced>;
  columns: number;
  rows: number;
}

const SWEEPS = 4;

/**
 * Lay out a graph in layers: a stage stands right of all that it needs. In a column stages are ordered by the mean
 * row of their neighbours (Sugiyama, Tagawa and Toda, 1981). A circle, which a check refuses, is drawn all the same.
 */
export function layoutOf(names: readonly string[], edges: readonly IWorkflowEdge[]): ILayout {
  const known = new Set(names);
  const before = new Map<string, string[]>(names.map(name => [name, []]));
  const behind = new Map<string, string[]>(names.map(name => [name, []]));
  for (const { from, to } of edges) {
    if (known.has(from) && known.has(to) && from !== to) {
      before.get(to)?.push(from);
      behind.get(from)?.push(to);
    }
  }
  const column = columnsOf(names, before);
  const used = [...new Set(column.values())].sort((one, other) => one - other);
  const layers = used.map(at => names.filter(name => column.get(name) === at));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    const order = isForward ? layers.keys() : [...layers.keys()].reverse();
    for (const at of order) {
      sortByNeighbours(layers[at], isForward ? before : behind, layers);
    }
  }
  const placed = new Map<string, IPlaced>();
  layers.forEach((layer, at) =>
    layer.forEach((name, row) => placed.set(name, { name, column: at, row }))
  );
  return {
    placed,
    columns: layers.length,
    rows: layers.reduce((most, layer) => Math.max(most, layer.length), 0)
  };
}

function columnsOf(
  names: readonly string[],
  before: ReadonlyMap<string, readonly string[]>
): Map<string, number> {
  const found = new Map<string, number>();
  const underWay = new Set<string>();
  const columnOf = (name: string): number => {
    const known = found.get(name);
    if (known !== undefined) {
      return known;
    }
    if (underWay.has(name)) {
      return 0;
    }
    underWay.add(name);
    const column = (before.get(name) ?? []).reduce(
      (most, each) => Math.max(most, columnOf(each) + 1),
      0
    );
    underWay.delete(name);
    found.set(name, column);
    return column;
  };
  names.forEach(columnOf);
  return found;
}

function sortByNeighbours(
  layer: string[],
  neighbours: ReadonlyMap<string, readonly string[]>,
  layers: readonly string[][]
): void {
  const rows = new Map<string, number>();
  layers.forEach(each => each.forEach((name, row) => rows.set(name, row)));
  const mean = new Map<string, number>();
  layer.forEach((name, row) => {
    const near = (neighbours.get(name) ?? []).map(each => rows.get(each) ?? 0);
    mean.set(
      name,
      near.length === 0 ? row : near.reduce((sum, each) => sum + each, 0) / near.length
    );
  });
  layer.sort((one, other) => (mean.get(one) ?? 0) - (mean.get(other) ?? 0));
}
