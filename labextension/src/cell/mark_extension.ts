import {
  RangeSet,
  RangeSetBuilder,
  StateEffect,
  StateField,
  type EditorState,
  type Extension
} from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, ViewPlugin, gutter } from '@codemirror/view';

import type { IMark } from './mark';

/** Replaces all marks of an editor. */
export const setMarks = StateEffect.define<readonly IMark[]>();

/** What an editor and the keeper of the marks tell each other. */
export interface IMarkHost {
  initial(): readonly IMark[];
  attached(view: EditorView): void;
  detached(view: EditorView): void;
  clicked(view: EditorView, mark: IMark): void;
}

interface IShownMarks {
  readonly gutter: RangeSet<Marker>;
  readonly lines: RangeSet<Decoration>;
}

class Marker extends GutterMarker {
  constructor(readonly mark: IMark) {
    super();
  }

  override eq(other: Marker): boolean {
    return this.mark.kind === other.mark.kind && this.mark.label === other.mark.label;
  }

  override toDOM(): Node {
    const node = document.createElement('span');
    node.className = `jp-agilab-mark jp-mod-${this.mark.kind}`;
    node.title = this.mark.label;
    return node;
  }
}

/** The gutter and the underlined lines; the marks move with the text until they are set anew. */
export function buildMarks(host: IMarkHost): Extension {
  const field = StateField.define<IShownMarks>({
    create: state => shown(state, host.initial()),
    update: (value, transaction) => {
      for (const effect of transaction.effects) {
        if (effect.is(setMarks)) {
          return shown(transaction.state, effect.value);
        }
      }
      return transaction.docChanged
        ? {
            gutter: value.gutter.map(transaction.changes),
            lines: value.lines.map(transaction.changes)
          }
        : value;
    },
    provide: self => EditorView.decorations.from(self, value => value.lines)
  });
  return [
    field,
    gutter({
      class: 'jp-agilab-gutter',
      markers: view => view.state.field(field).gutter,
      domEventHandlers: {
        mousedown: (view, line, event) => {
          const target = event.target;
          const marks = marksAt(view, field, line.from);
          if (!(target instanceof Element) || marks.length === 0) {
            return false;
          }
          const node = target.closest('.jp-agilab-mark');
          const place = node?.parentElement ? [...node.parentElement.children].indexOf(node) : 0;
          event.preventDefault();
          host.clicked(view, marks[Math.max(0, place)] ?? marks[0]);
          return true;
        }
      }
    }),
    ViewPlugin.define(view => {
      host.attached(view);
      return { destroy: () => host.detached(view) };
    })
  ];
}

function marksAt(view: EditorView, field: StateField<IShownMarks>, position: number): IMark[] {
  const found: IMark[] = [];
  view.state.field(field).gutter.between(position, position, (_from, _to, marker) => {
    found.push(marker.mark);
  });
  return found;
}

function shown(state: EditorState, marks: readonly IMark[]): IShownMarks {
  const lines = state.doc.lines;
  const sorted = marks
    .filter(mark => mark.line >= 1 && mark.line <= lines)
    .sort((one, other) => one.line - other.line);
  const gutters = new RangeSetBuilder<Marker>();
  const decorations = new RangeSetBuilder<Decoration>();
  for (const mark of sorted) {
    const { from } = state.doc.line(mark.line);
    gutters.add(from, from, new Marker(mark));
  }
  for (const mark of sorted) {
    if (mark.kind === 'error' || mark.kind === 'warning') {
      const { from } = state.doc.line(mark.line);
      decorations.add(from, from, Decoration.line({ class: `jp-agilab-line jp-mod-${mark.kind}` }));
    }
  }
  return { gutter: gutters.finish(), lines: decorations.finish() };
}
