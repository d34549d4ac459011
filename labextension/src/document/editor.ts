import {
  autocompletion,
  Completion,
  CompletionContext,
  CompletionResult
} from '@codemirror/autocomplete';
import { Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import type { Extension, Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { CodeEditorWrapper } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { Message } from '@lumino/messaging';

import { DocumentModel } from './model';
import { codePoints, offsetOf, unitsOf } from './text';
import { ICompletion, ICompletions, IDocumentFinding } from './types';

/** Asks what could be typed at a place of a text, 0-based, in code points. */
export type Complete = (text: string, line: number, column: number) => Promise<ICompletions>;

/** The document as text, with what is wrong at its lines, and with completion. */
export class TextPane extends CodeEditorWrapper {
  constructor(
    context: DocumentRegistry.CodeContext,
    private readonly document: DocumentModel,
    newEditor: CodeEditor.Factory,
    complete: Complete,
    label: string
  ) {
    super({
      factory: options =>
        newEditor({
          ...options,
          extensions: [...(options.extensions ?? []), ...toml(complete, label)]
        }),
      model: context.model
    });
    this.addClass('jp-agilab-Text');
    this.node.dataset.jpUndoer = 'true';
    context.model.mimeType = 'text/x-toml';
    document.stateChanged.connect(this.mark, this);
    this.mark();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.document.stateChanged.disconnect(this.mark, this);
    super.dispose();
  }

  /** Put the cursor at a place, 1-based, in code points. */
  goTo(line: number, column: number): void {
    const view = this.view;
    if (view === null) {
      return;
    }
    const at = Math.min(offsetOf(view.state.doc.toString(), line, column), view.state.doc.length);
    view.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: 'center' })
    });
    this.editor.focus();
  }

  protected override onActivateRequest(_message: Message): void {
    this.editor.focus();
  }

  private get view(): EditorView | null {
    return this.editor instanceof CodeMirrorEditor ? this.editor.editor : null;
  }

  private mark(): void {
    const view = this.view;
    if (view === null || !this.document.isCurrent) {
      return;
    }
    const diagnostics = this.document.findings
      .filter(each => each.here !== false)
      .map(each => diagnosticOf(each, view.state.doc));
    view.dispatch(setDiagnostics(view.state, diagnostics));
  }
}

function diagnosticOf(finding: IDocumentFinding, doc: Text): Diagnostic {
  const line = doc.line(Math.min(Math.max(finding.line ?? 1, 1), doc.lines));
  const from = Math.min(
    line.from + unitsOf(line.text, Math.max((finding.column ?? 1) - 1, 0)),
    line.to
  );
  // the key, or the table's name; where nothing stands there, the whole line
  const key = /^[^=\s#]+/.exec(line.text.slice(from - line.from))?.[0] ?? '';
  return {
    from: key ? from : line.from,
    to: key ? from + key.length : line.to,
    severity: finding.severity,
    message: finding.hint ? `${finding.message}\n${finding.hint}` : finding.message,
    source: finding.code
  };
}

function toml(complete: Complete, label: string): Extension[] {
  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (!context.explicit && !/[\w"'[=] ?$/.test(before)) {
      return null;
    }
    let found: ICompletions;
    try {
      found = await complete(context.state.doc.toString(), line.number - 1, codePoints(before));
    } catch {
      // completion is a courtesy: a server that does not answer must not disturb who types
      return null;
    }
    if (found.items.length === 0 || context.aborted) {
      return null;
    }
    return {
      from: line.from + unitsOf(line.text, found.start),
      to: line.from + unitsOf(line.text, found.stop),
      options: found.items.map(optionOf),
      // it knows what was typed in front of the cursor
      filter: false
    };
  };
  return [
    EditorView.contentAttributes.of({ 'aria-label': label }),
    lintGutter(),
    autocompletion({ override: [source], activateOnTyping: true, defaultKeymap: true })
  ];
}

function optionOf(item: ICompletion): Completion {
  return {
    label: item.label,
    apply: item.text,
    detail: item.detail || undefined,
    info: item.about || undefined,
    type: { key: 'property', table: 'namespace', value: 'enum' }[item.kind]
  };
}
