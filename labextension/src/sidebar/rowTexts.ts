import { TranslationBundle } from '@jupyterlab/translation';

import { ILive, IRun, isActive } from '../store/types';
import { agoWord, spanWord, stateWord } from '../words';
import { Row } from './rows';

/** What stands behind a row's name. */
export interface IDetail {
  /** A state that has a colour and a sign, "" for none. */
  readonly state: string;
  readonly text: string;
  /** From 0 to 1, `null` where nothing goes on or it is not known. */
  readonly progress: number | null;
  readonly tooltip: string;
  /** What a screen reader says, where the text leaves out what a sign shows. */
  readonly spoken?: string;
}

const NOTHING: IDetail = { state: '', text: '', progress: null, tooltip: '' };

/** What a row tells besides its name. */
export function detailOf(row: Row, trans: TranslationBundle): IDetail {
  switch (row.kind) {
    case 'section':
      return { ...NOTHING, text: row.count === null || row.count === 0 ? '' : String(row.count) };
    case 'folder':
      return { ...NOTHING, text: String(row.count), tooltip: row.folder };
    case 'contract': {
      const { contract, live } = row;
      if (live) {
        return { ...ofLive(live, trans), tooltip: contract.path };
      }
      if (!contract.is_readable) {
        const text = trans.__('cannot be read');
        return { ...NOTHING, state: 'failed', text, tooltip: contract.path };
      }
      return contract.last_run
        ? { ...ofRun(contract.last_run, trans), tooltip: contract.path }
        : { ...NOTHING, text: trans.__('not run yet'), tooltip: contract.path };
    }
    case 'run': {
      const tooltip = [`${row.run.folder || '.'}/${row.run.stage}`, row.run.run_id, row.run.message]
        .filter(Boolean)
        .join('\n');
      return { ...(row.live ? ofLive(row.live, trans) : ofRun(row.run, trans)), tooltip };
    }
    case 'workflow': {
      const state = row.status?.state ?? row.workflow.last_state ?? '';
      const stages = row.status?.stages ?? [];
      const ended = stages.filter(stage => ['finished', 'partial'].includes(stage.state ?? ''));
      const told = row.workflow.is_readable
        ? stateWord(state || 'planned', trans)
        : trans.__('cannot be read');
      const isUp = isActive(state) && stages.length > 0;
      return {
        state: row.workflow.is_readable ? state : 'failed',
        text: isUp ? trans.__('%1 of %2 stages', ended.length, stages.length) : told,
        progress: isUp ? ended.length / stages.length : null,
        tooltip: row.workflow.path
      };
    }
    case 'clusters':
      return { ...NOTHING, tooltip: row.file.path };
    case 'cluster': {
      const { service } = row;
      const workers =
        service?.workers === null || service?.workers === undefined
          ? ''
          : trans._n('%1 worker', '%1 workers', service.workers);
      return {
        state: service?.state ?? '',
        text: [row.type, service ? stateWord(service.state, trans) : '', workers]
          .filter(Boolean)
          .join(' · '),
        progress: null,
        tooltip: [row.file.path, service?.cause].filter(Boolean).join('\n')
      };
    }
    default:
      return NOTHING;
  }
}

function ofLive({ run, status }: ILive, trans: TranslationBundle): IDetail {
  const state = status?.state ?? run.state;
  const all = status?.partition_count ?? run.partitions;
  const done = status ? status.finished + status.reused + status.failed : 0;
  if (state !== 'running' || status === null || all === null || all === 0) {
    return { ...NOTHING, state, text: stateWord(state, trans) };
  }
  const parts = [trans.__('%1 of %2', done, all)];
  if (status.failed > 0) {
    parts.push(trans.__('%1 failed', status.failed));
  }
  if (status.remaining_s !== null) {
    parts.push(trans.__('%1 left', spanWord(status.remaining_s, trans)));
  }
  return { ...NOTHING, state, text: parts.join(' · '), progress: Math.min(1, done / all) };
}

function ofRun(run: IRun, trans: TranslationBundle): IDetail {
  // 0 where nothing tells
  const when = run.ended || run.submitted || null;
  const failed = run.failed ?? 0;
  const word = stateWord(run.state, trans);
  const ago = when === null ? '' : agoWord(when, trans);
  // the sign before the name tells the state too, so that few words are enough
  const told = failed > 0 ? trans.__('%1 failed', failed) : run.state === 'finished' ? '' : word;
  return {
    ...NOTHING,
    state: run.state,
    text: [told, ago].filter(Boolean).join(' · '),
    spoken: [word, told === word ? '' : told, ago].filter(Boolean).join(', ')
  };
}
