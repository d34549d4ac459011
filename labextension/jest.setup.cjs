// What Lab's packages expect of a browser and jsdom does not have.
const util = require('node:util');

globalThis.TextEncoder ??= util.TextEncoder;
globalThis.TextDecoder ??= util.TextDecoder;
for (const name of ['Request', 'Response', 'Headers', 'fetch', 'structuredClone']) {
  globalThis[name] ??= () => {
    throw new Error(`${name} is not there in tests: give the code a service instead`);
  };
}
globalThis.DragEvent ??= class DragEvent extends globalThis.Event {};
globalThis.ResizeObserver ??= class ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
};
