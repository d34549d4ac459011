/**
 * The panel's view, joined from its files by scripts/join-view.mjs.
 */
export interface IViewModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (...given: never[]) => void): void;
  off(event: string, callback: (...given: never[]) => void): void;
  send(content: unknown): void;
}

declare const view: {
  render(given: { model: IViewModel; el: HTMLElement }): () => void;
};

export default view;
