import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { stateWord } from '../words';
import { layoutOf } from './layout';
import { IWorkflowEdge, IWorkflowGraph, IWorkflowStage } from './types';

const WIDTH = 190;
const HEIGHT = 66;
const GAP_X = 70;
const GAP_Y = 26;
const MARGIN = 12;
const MOST_NAME = 24;

/** How many partitions of a stage have a result, of this run or taken over from an earlier one. */
function resultsOf(stage: IWorkflowStage): number {
  return (stage.finished ?? 0) + (stage.reused ?? 0);
}

/** How far a stage is, in words. */
export function progressWords(stage: IWorkflowStage, trans: TranslationBundle): string {
  const isPlanned = stage.state === null || stage.state === 'planned';
  // of what would run, whether or not it ran before
  const state = isPlanned ? trans.__('planned') : stateWord(stage.state ?? '', trans);
  if (stage.partitions === null) {
    return state;
  }
  if (isPlanned || stage.state === 'off') {
    return `${state}, ${trans._n('%1 partition', '%1 partitions', stage.partitions)}`;
  }
  const told = [`${state}, ${trans.__('%1 of %2', resultsOf(stage), stage.partitions)}`];
  if (stage.failed) {
    told.push(trans.__('%1 failed', stage.failed));
  }
  if (stage.skipped) {
    told.push(trans.__('%1 skipped', stage.skipped));
  }
  return told.join(', ');
}

/** A workflow as a graph, with the state of each stage. */
export function Graph(props: {
  graph: IWorkflowGraph;
  chosen: string;
  onChoose: (name: string) => void;
  onOpen: (stage: IWorkflowStage) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { graph, chosen, onChoose, onOpen, trans } = props;
  // a status comes each second with the same stages: they stay where they are
  const shape = JSON.stringify([graph.stages.map(stage => stage.name), graph.edges]);
  const layout = React.useMemo(() => {
    const [names, edges] = JSON.parse(shape) as [string[], IWorkflowEdge[]];
    return layoutOf(names, edges);
  }, [shape]);
  const x = (column: number): number => MARGIN + column * (WIDTH + GAP_X);
  const y = (row: number): number => MARGIN + row * (HEIGHT + GAP_Y);
  const width = Math.max(1, x(layout.columns) - GAP_X + MARGIN);
  const height = Math.max(1, y(layout.rows) - GAP_Y + MARGIN);
  return (
    <div
      className="jp-agilab-GraphScroll"
      tabIndex={0}
      role="group"
      aria-label={trans.__('Stages')}
    >
      <svg
        className="jp-agilab-Graph"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
      >
        <g aria-hidden="true">
          {graph.edges.map((edge, place) => {
            const from = layout.placed.get(edge.from);
            const to = layout.placed.get(edge.to);
            if (from === undefined || to === undefined) {
              return null;
            }
            const [x1, y1] = [x(from.column) + WIDTH, y(from.row) + HEIGHT / 2];
            const [x2, y2] = [x(to.column), y(to.row) + HEIGHT / 2];
            const bend = Math.max(24, Math.abs(x2 - x1) / 2);
            return (
              <g key={place} className="jp-agilab-Edge" data-kind={edge.kind}>
                <path d={`M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 6} ${y2}`} />
                <path
                  className="jp-agilab-EdgeEnd"
                  d={`M${x2 - 7} ${y2 - 4} L${x2} ${y2} L${x2 - 7} ${y2 + 4} Z`}
                />
              </g>
            );
          })}
        </g>
        {graph.stages.map(stage => {
          const place = layout.placed.get(stage.name);
          if (place === undefined) {
            return null;
          }
          const done = stage.partitions
            ? Math.min(1, (resultsOf(stage) + (stage.skipped ?? 0)) / stage.partitions)
            : 0;
          const words = progressWords(stage, trans);
          return (
            <g
              key={stage.name}
              className="jp-agilab-Stage"
              data-state={stage.state ?? 'planned'}
              data-stage={stage.name}
              transform={`translate(${x(place.column)} ${y(place.row)})`}
              role="button"
              tabIndex={0}
              aria-pressed={stage.name === chosen}
              aria-label={`${stage.name}: ${words}`}
              onClick={() => onChoose(stage.name)}
              onDoubleClick={() => onOpen(stage)}
              onKeyDown={event => {
                if (event.key === 'Enter' || event.key === ' ') {
                  event.preventDefault();
                  onChoose(stage.name);
                }
              }}
            >
              <title>{`${stage.name}: ${words}`}</title>
              <rect className="jp-agilab-StageBox" width={WIDTH} height={HEIGHT} rx={4} />
              <text className="jp-agilab-StageName" x={10} y={22}>
                {shortened(stage.name)}
              </text>
              <text className="jp-agilab-StageState" x={10} y={41}>
                {shortened(words, 30)}
              </text>
              <rect
                className="jp-agilab-StageBar"
                x={10}
                y={50}
                width={WIDTH - 20}
                height={6}
                rx={3}
              />
              <rect
                className="jp-agilab-StageDone"
                x={10}
                y={50}
                width={(WIDTH - 20) * done}
                height={6}
                rx={3}
              />
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function shortened(text: string, most = MOST_NAME): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
