import { TranslationBundle } from '@jupyterlab/translation';

import {
  IClustersFile,
  IContract,
  ILive,
  IRun,
  IService,
  ITree,
  IWorkflow,
  IWorkflowStatus,
  keyOf
} from '../store/types';

export type Section = 'running' | 'contracts' | 'workflows' | 'clusters' | 'runs';

/** What a row stands for. */
export type Content =
  | { readonly kind: 'section'; readonly section: Section; readonly count: number | null }
  | { readonly kind: 'folder'; readonly folder: string; readonly count: number }
  | { readonly kind: 'contract'; readonly contract: IContract; readonly live: ILive | null }
  | {
      readonly kind: 'workflow';
      readonly workflow: IWorkflow;
      readonly status: IWorkflowStatus | null;
    }
  | { readonly kind: 'clusters'; readonly file: IClustersFile }
  | {
      readonly kind: 'cluster';
      readonly file: IClustersFile;
      readonly name: string;
      readonly type: string;
      readonly service: IService | null;
    }
  | { readonly kind: 'run'; readonly run: IRun; readonly live: ILive | null }
  | { readonly kind: 'more'; readonly rest: number }
  | { readonly kind: 'hint'; readonly text: string };

/** One line of the tree. */
export type Row = Content & {
  /** The same for the same thing, whatever else changes. */
  readonly id: string;
  /** From 1 on. */
  readonly level: number;
  /** What a screen reader says, and what typing a letter finds. */
  readonly label: string;
  /** Left out where nothing is below. */
  readonly isExpanded?: boolean;
  /** From 1 on, among its siblings, and how many they are. */
  readonly place: number;
  readonly siblings: number;
};

export interface IFacts {
  readonly tree: ITree | null;
  readonly active: ReadonlyMap<string, ILive>;
  readonly workflows: ReadonlyMap<string, IWorkflowStatus>;
  readonly services: readonly IService[];
  readonly runs: readonly IRun[];
  readonly runCount: number;
}

export interface IShown {
  readonly filter: string;
  /** Ids of rows that were opened or closed, against what is usual. */
  readonly toggled: ReadonlySet<string>;
}

/** Only this is closed at first: it is long, and has to be fetched. */
const CLOSED: ReadonlySet<string> = new Set(['section:runs']);

/** Whether a row is open. */
export function isOpen(id: string, { toggled, filter }: IShown): boolean {
  if (filter !== '' && id !== 'section:runs') {
    return true;
  }
  return CLOSED.has(id) === toggled.has(id);
}

type Draft = Content & { id: string; label: string; isExpanded?: boolean; below?: Draft[] };

/** The lines of the tree, top to bottom; what is closed or filtered away is not among them. */
export function rowsOf(facts: IFacts, shown: IShown, trans: TranslationBundle): Row[] {
  const words = shown.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (...texts: string[]): boolean => {
    const all = texts.join(' ').toLowerCase();
    return words.every(word => all.includes(word));
  };
  const tops = [
    running(facts, shown, matches, trans),
    contracts(facts, shown, matches, trans),
    workflows(facts, shown, matches, trans),
    clusters(facts, shown, matches, trans),
    runs(facts, shown, matches, trans)
  ].filter((draft): draft is Draft => draft !== null);
  const rows: Row[] = [];
  flatten(tops, 1, rows);
  return rows;
}

function flatten(drafts: Draft[], level: number, rows: Row[]): void {
  drafts.forEach((draft, index) => {
    const { below, ...rest } = draft;
    rows.push({ ...rest, level, place: index + 1, siblings: drafts.length });
    if (rest.isExpanded && below) {
      flatten(below, level + 1, rows);
    }
  });
}

type Matches = (...texts: string[]) => boolean;

function section(
  name: Section,
  label: string,
  count: number | null,
  below: Draft[],
  shown: IShown
): Draft {
  const id = `section:${name}`;
  return { kind: 'section', section: name, count, id, label, isExpanded: isOpen(id, shown), below };
}

function hint(text: string, id: string): Draft {
  return { kind: 'hint', text, id: `hint:${id}`, label: text };
}

function running(
  { active }: IFacts,
  shown: IShown,
  matches: Matches,
  trans: TranslationBundle
): Draft | null {
  const lives = [...active.values()].filter(({ run }) => matches(run.stage, run.folder));
  if (lives.length === 0) {
    return null;
  }
  lives.sort((a, b) => (b.run.submitted ?? 0) - (a.run.submitted ?? 0));
  const below = lives.map(live => runDraft(live.run, live, 'live'));
  return section('running', trans.__('Running now'), lives.length, below, shown);
}

function runDraft(run: IRun, live: ILive | null, prefix: string): Draft {
  return {
    kind: 'run',
    run: live?.run ?? run,
    live,
    id: `${prefix}:${keyOf(run)}`,
    label: run.stage
  };
}

function contracts(
  { tree, active }: IFacts,
  shown: IShown,
  matches: Matches,
  trans: TranslationBundle
): Draft {
  const title = trans.__('Contracts');
  const listed = tree?.contracts ?? [];
  const found = listed.filter(each => matches(each.stage, each.path));
  if (found.length === 0) {
    const text =
      listed.length > 0
        ? trans.__('No contract has this in its name.')
        : tree === null || !tree.is_whole
          ? trans.__('Looking through the folders…')
          : trans.__(
              'No contract yet. Start a notebook cell with %1 NAME, or use the button of a cell: its contract appears here.',
              '%%parallel_stage'
            );
    return section('contracts', title, listed.length, [hint(text, 'contracts')], shown);
  }
  const live = new Map<string, ILive>();
  for (const each of active.values()) {
    live.set(each.run.contract, each);
  }
  const drafts = (folder: IContract[]): Draft[] =>
    folder.map(contract => ({
      kind: 'contract',
      contract,
      live: live.get(contract.path) ?? null,
      id: `contract:${contract.path}`,
      label: contract.stage
    }));
  return section('contracts', title, found.length, byFolder(found, shown, drafts), shown);
}

/** Things of the server's own folder stand for themselves; the others below their folder. */
function byFolder<T extends { folder: string }>(
  items: readonly T[],
  shown: IShown,
  drafts: (items: T[]) => Draft[]
): Draft[] {
  const folders = new Map<string, T[]>();
  for (const item of items) {
    const beside = folders.get(item.folder);
    if (beside) {
      beside.push(item);
    } else {
      folders.set(item.folder, [item]);
    }
  }
  const made: Draft[] = [];
  for (const [folder, beside] of folders) {
    if (folder === '') {
      made.unshift(...drafts(beside));
      continue;
    }
    const id = `folder:${folder}`;
    const isExpanded = isOpen(id, shown);
    made.push({
      kind: 'folder',
      folder,
      count: beside.length,
      id,
      label: folder,
      isExpanded,
      below: isExpanded ? drafts(beside) : []
    });
  }
  return made;
}

function workflows(
  { tree, workflows: states }: IFacts,
  shown: IShown,
  matches: Matches,
  trans: TranslationBundle
): Draft | null {
  const listed = tree?.workflows ?? [];
  const found = listed.filter(each => matches(each.name, each.path));
  if (found.length === 0) {
    if (shown.filter !== '') {
      return null;
    }
    const text = trans.__(
      'No workflow yet. A file NAME.workflow.toml joins stages, and runs them one after the other.'
    );
    return section('workflows', trans.__('Workflows'), 0, [hint(text, 'workflows')], shown);
  }
  const below = found.map<Draft>(workflow => ({
    kind: 'workflow',
    workflow,
    status: states.get(workflow.path) ?? null,
    id: `workflow:${workflow.path}`,
    label: workflow.name
  }));
  return section('workflows', trans.__('Workflows'), found.length, below, shown);
}

function clusters(
  { tree, services }: IFacts,
  shown: IShown,
  matches: Matches,
  trans: TranslationBundle
): Draft | null {
  const listed = tree?.clusters ?? [];
  const below: Draft[] = [];
  let count = 0;
  for (const file of listed) {
    const found = file.clusters.filter(({ name, kind }) => matches(name, kind, file.path));
    if (found.length === 0 && shown.filter !== '') {
      continue;
    }
    count += found.length;
    const id = `clusters:${file.path}`;
    below.push({
      kind: 'clusters',
      file,
      id,
      label: file.path,
      isExpanded: isOpen(id, shown),
      below: found.map(({ name, kind }) => ({
        kind: 'cluster',
        file,
        name,
        type: kind,
        service: services.find(each => each.name === name && each.folder === file.folder) ?? null,
        id: `cluster:${file.path}:${name}`,
        label: name
      }))
    });
  }
  if (below.length === 0) {
    if (shown.filter !== '') {
      return null;
    }
    const text = trans.__(
      'No clusters.toml yet. Runs use this machine; the file names hosts, a gateway or a queue to run on.'
    );
    return section('clusters', trans.__('Clusters'), 0, [hint(text, 'clusters')], shown);
  }
  return section('clusters', trans.__('Clusters'), count, below, shown);
}

function runs(
  { runs: listed, active, runCount }: IFacts,
  shown: IShown,
  matches: Matches,
  trans: TranslationBundle
): Draft {
  const title = trans.__('Runs');
  const found = listed.filter(run => matches(run.stage, run.folder, run.run_id, run.state));
  const below = found.map(run => runDraft(run, active.get(keyOf(run)) ?? null, 'run'));
  if (listed.length < runCount) {
    below.push({
      kind: 'more',
      rest: runCount - listed.length,
      id: 'more',
      label: trans.__('Show %1 more', runCount - listed.length)
    });
  }
  if (below.length === 0) {
    const text = runCount > 0 ? trans.__('No run has this in its name.') : trans.__('No run yet.');
    below.push(hint(text, 'runs'));
  }
  return section('runs', title, runCount, below, shown);
}
