import type { Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { Signal, type ISignal } from '@lumino/signaling';

import { buildMarks, setMarks } from './mark_extension';
import type { IMark } from './mark';

/** Who sets marks: migration its loops, the panel beside the cell its findings. */
export type MarkOwner = 'loops' | 'findings';

/** A mark was clicked. */
export interface IMarkClick {
  readonly shared: object;
  readonly view: EditorView;
  readonly mark: IMark;
}

/**
 * The marks of all cell editors, by the shared model of the cell. An editor that is made later gets them when it comes:
 * cells out of sight have none.
 */
export class EditorMarks {
  /** Emits when a mark is clicked. */
  get clicked(): ISignal<this, IMarkClick> {
    return this._clicked;
  }

  /** The extension for one cell's editor. */
  extension(shared: object): Extension {
    return buildMarks({
      initial: () => this.of(shared),
      attached: view => this._views(shared).add(view),
      detached: view => this._views(shared).delete(view),
      clicked: (view, mark) => this._clicked.emit({ shared, view, mark })
    });
  }

  /** Set the marks of one owner on one cell; an empty list takes them away. */
  set(owner: MarkOwner, shared: object, marks: readonly IMark[]): void {
    let owners = this._marks.get(shared);
    if (owners === undefined) {
      if (marks.length === 0) {
        return;
      }
      owners = new Map();
      this._marks.set(shared, owners);
    }
    if (sameMarks(owners.get(owner) ?? [], marks)) {
      return;
    }
    owners.set(owner, marks);
    for (const view of this._views(shared)) {
      view.dispatch({ effects: setMarks.of(this.of(shared)) });
    }
  }

  /** All marks of a cell. */
  of(shared: object): readonly IMark[] {
    return [...(this._marks.get(shared)?.values() ?? [])].flat();
  }

  /** An editor that shows the cell. */
  viewOf(shared: object): EditorView | null {
    return [...this._views(shared)].pop() ?? null;
  }

  private _views(shared: object): Set<EditorView> {
    let views = this._shown.get(shared);
    if (views === undefined) {
      views = new Set();
      this._shown.set(shared, views);
    }
    return views;
  }

  private readonly _marks = new WeakMap<object, Map<MarkOwner, readonly IMark[]>>();
  private readonly _shown = new WeakMap<object, Set<EditorView>>();
  private readonly _clicked = new Signal<this, IMarkClick>(this);
}

function sameMarks(one: readonly IMark[], other: readonly IMark[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
