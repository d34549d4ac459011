import { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { DocumentWidget } from '@jupyterlab/docregistry';

import { choose } from './choose';
import { IRunKey } from './store/types';
import { IStore } from './tokens';

/** What a command is about; what is not known is left out. */
export interface ITarget {
  readonly path?: string;
  readonly folder?: string;
  readonly stage?: string;
  readonly run?: string;
  readonly name?: string;
  readonly artifact?: string;
}

const FIELDS = ['path', 'folder', 'stage', 'run', 'name', 'artifact'] as const;

const CONTRACT = /(^|[./])parallel_stage\.toml$/;
const WORKFLOW = /\.workflow\.toml$/;

/** What the context menu's rows say of themselves, as JSON. */
export const DATA = 'agilab';

/** Whether a command is about a workflow, and not about one of its stages. */
export function isWorkflow(target: ITarget): target is ITarget & { readonly path: string } {
  return target.stage === undefined && target.path !== undefined && WORKFLOW.test(target.path);
}

/** The name of a workflow, from the path of its file. */
export function workflowName(path: string): string {
  return PathExt.basename(path).replace(WORKFLOW, '');
}

/** Finds what a command is about: its arguments, the row that was clicked, the document in front, or the sidebar. */
export class Targets {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly store: IStore,
    private readonly trans: TranslationBundle
  ) {}

  /** The file that is selected in the file browser, for its context menu. */
  selectedFile: () => string | null = () => null;

  /** What is selected in the sidebar; set by it while it is seen. */
  selection: ITarget | null = null;

  /** What a command is about, without asking. */
  of(args: ReadonlyPartialJSONObject): ITarget {
    const given = pick(args);
    if (Object.keys(given).length > 0) {
      return given;
    }
    if (args.context === true) {
      return this._clicked();
    }
    if (args.files === true) {
      const file = this.selectedFile();
      return file === null ? {} : this._ofFile(file);
    }
    const current = this.app.shell.currentWidget;
    if (current instanceof DocumentWidget) {
      const target = this._ofFile(current.context.path);
      if (CONTRACT.test(target.path!) || WORKFLOW.test(target.path!)) {
        return target;
      }
    }
    return this.selection ?? {};
  }

  /** A contract with its stage and its last run, as far as the tree is known. */
  ofContract(path: string): ITarget {
    const found = this.store.tree?.contracts.find(each => each.path === path);
    return found
      ? {
          path,
          folder: found.folder,
          stage: found.stage,
          run: found.last_run?.run_id,
          artifact: found.last_run?.artifact
        }
      : { path };
  }

  /** The path of a contract or workflow; asks where it is not known. */
  async path(
    args: ReadonlyPartialJSONObject,
    kind: 'contract' | 'workflow'
  ): Promise<string | null> {
    const { path } = this.of(args);
    if (path !== undefined && (kind === 'contract' ? CONTRACT : WORKFLOW).test(path)) {
      return path;
    }
    await this.store.refresh();
    const tree = this.store.tree;
    const items = ((kind === 'contract' ? tree?.contracts : tree?.workflows) ?? []).map(
      each => each.path
    );
    const title =
      kind === 'contract' ? this.trans.__('Which contract?') : this.trans.__('Which workflow?');
    if (items.length === 0) {
      throw new Error(
        kind === 'contract'
          ? this.trans.__('There is no contract in this folder yet.')
          : this.trans.__('There is no workflow in this folder yet.')
      );
    }
    return choose(title, items);
  }

  /** A run: the one that is meant, else the last one of the contract that is meant or asked for. */
  async run(args: ReadonlyPartialJSONObject): Promise<IRunKey | null> {
    const target = this.of(args);
    if (target.folder !== undefined && target.stage !== undefined && target.run !== undefined) {
      return { folder: target.folder, stage: target.stage, run_id: target.run };
    }
    const path = await this.path(args, 'contract');
    if (path === null) {
      return null;
    }
    await this.store.refresh();
    const last = this.store.tree?.contracts.find(each => each.path === path)?.last_run;
    if (!last) {
      throw new Error(this.trans.__('This stage has not run yet.'));
    }
    return last;
  }

  private _ofFile(given: string): ITarget {
    // without the drive that a collaboration extension puts before it
    const path = this.app.serviceManager.contents.localPath(given);
    return CONTRACT.test(path) ? this.ofContract(path) : { path };
  }

  private _clicked(): ITarget {
    const node = this.app.contextMenuHitTest(each => each.dataset[DATA] !== undefined);
    if (!node) {
      return this.selection ?? {};
    }
    try {
      return pick(JSON.parse(node.dataset[DATA] ?? '{}') as ReadonlyPartialJSONObject);
    } catch {
      return {};
    }
  }
}

function pick(args: ReadonlyPartialJSONObject): ITarget {
  const found: { [name: string]: string } = {};
  for (const field of FIELDS) {
    const value = args[field];
    if (typeof value === 'string') {
      found[field] = value;
    }
  }
  return found;
}
