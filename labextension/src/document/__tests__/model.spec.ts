import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { RequestError } from '../../requests';
import { DocumentModel } from '../model';
import { IChange, IDocument, IDocumentServer, ITextHolder } from '../types';

class Holder implements ITextHolder {
  path = 'a.parallel_stage.toml';
  text = 'x = 1\n';
  replaced: string[] = [];

  get changed(): Signal<this, void> {
    return this._changed;
  }

  replace(text: string): void {
    this.replaced.push(text);
    this.type(text);
  }

  type(text: string): void {
    this.text = text;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}

function told(text: string, values: IDocument['values'] = { text }): IDocument {
  return { path: 'a', kind: 'contract', text, values, ok: false, findings: [] };
}

class Server implements IDocumentServer {
  asked: [string, boolean][] = [];
  edits: [string, readonly IChange[]][] = [];
  onEdit: (text: string, changes: readonly IChange[]) => Promise<IDocument> = (text, changes) =>
    Promise.resolve(told(`${text}# ${changes.length}\n`));
  onCheck: (text: string) => Promise<IDocument> = text => Promise.resolve(told(text));

  check(_: string, text: string, isThorough: boolean): Promise<IDocument> {
    this.asked.push([text, isThorough]);
    return this.onCheck(text);
  }

  edit(_: string, text: string, changes: readonly IChange[]): Promise<IDocument> {
    this.edits.push([text, changes]);
    return this.onEdit(text, changes);
  }
}

const change: IChange = { key: ['x'], value: 2 };

describe('DocumentModel', () => {
  let holder: Holder;
  let server: Server;
  let model: DocumentModel;

  beforeEach(() => {
    jest.useFakeTimers();
    holder = new Holder();
    server = new Server();
    model = new DocumentModel(holder, server, nullTranslator.load(''), 10);
  });

  afterEach(() => {
    model.dispose();
    jest.useRealTimers();
  });

  it('checks what is typed, once it stands still', async () => {
    holder.type('x = 2\n');
    holder.type('x = 3\n');
    await jest.advanceTimersByTimeAsync(50);
    expect(server.asked).toEqual([['x = 3\n', false]]);
    expect(model.isCurrent).toBe(true);
  });

  it('looks at files only where the text itself is good', async () => {
    server.onCheck = text => Promise.resolve({ ...told(text), ok: true });
    await model.check();
    expect(server.asked.map(([, isThorough]) => isThorough)).toEqual([false, true]);
  });

  it('keeps the values of before while the text is no TOML', async () => {
    await model.check();
    server.onCheck = text => Promise.resolve(told(text, null));
    holder.type('[');
    await jest.advanceTimersByTimeAsync(50);
    expect(model.isEditable).toBe(false);
    expect(model.values).toEqual({ text: 'x = 1\n' });
  });

  it('drops an answer that came too late', async () => {
    let late: (answer: IDocument) => void = () => undefined;
    server.onCheck = () => new Promise(resolve => (late = resolve));
    const first = model.check();
    const answerFirst = late;
    const second = model.check();
    late(told('new'));
    await second;
    answerFirst(told('old'));
    await first;
    expect(model.info?.text).toBe('new');
  });

  it('puts an edit into the text and takes what the server says of it', async () => {
    expect(await model.edit([change])).toBe(true);
    expect(holder.text).toBe('x = 1\n# 1\n');
    expect(model.info?.text).toBe(holder.text);
  });

  it('makes edits one after another, each on the text of the one before', async () => {
    await Promise.all([model.edit([change]), model.edit([change, change])]);
    expect(server.edits.map(([text]) => text)).toEqual(['x = 1\n', 'x = 1\n# 1\n']);
    expect(holder.text).toBe('x = 1\n# 1\n# 2\n');
  });

  it('makes an edit again on a text that somebody changed meanwhile', async () => {
    const plain = server.onEdit;
    server.onEdit = (text, changes) => {
      server.onEdit = plain;
      holder.type('y = 1\n');
      return plain(text, changes);
    };
    expect(await model.edit([change])).toBe(true);
    expect(holder.text).toBe('y = 1\n# 1\n');
  });

  it('says why an edit was refused, and leaves the text', async () => {
    server.onEdit = () => Promise.reject(new RequestError(400, 'no value', [], 'give one'));
    expect(await model.edit([change])).toBe(false);
    expect(model.trouble).toBe('no value (give one)');
    expect(holder.text).toBe('x = 1\n');
    server.onEdit = text => Promise.resolve(told(text));
    expect(await model.edit([change])).toBe(true);
    expect(model.trouble).toBe('');
  });

  it('makes what is typed before it is saved', async () => {
    model.hold('x', () => void model.edit([change]));
    model.hold('y', () => void model.edit([change]));
    model.hold('y', null);
    await model.flush();
    expect(holder.text).toBe('x = 1\n# 1\n');
    await model.flush();
    expect(server.edits).toHaveLength(1);
  });

  it('is silent when it is gone', async () => {
    model.dispose();
    holder.type('x = 9\n');
    await jest.advanceTimersByTimeAsync(50);
    expect(server.asked).toEqual([]);
  });
});
