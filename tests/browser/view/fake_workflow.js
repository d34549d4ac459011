// A model as a front end gives it, without a kernel: traits, and answers that the test sets.

class FakeWorkflow {
  constructor(traits) {
    this.traits = { told: {}, places: {}, flags: {}, can: [], chosen: '', notice: '', ...traits };
    this.listeners = [];
    this.received = [];
    this.answers = {};
  }
  get(name) {
    return structuredClone(this.traits[name]);
  }
  set(name, value) {
    this.traits[name] = value;
  }
  save_changes() {}
  on(name, act) {
    this.listeners.push([name, act]);
  }
  off(name, act) {
    this.listeners = this.listeners.filter(([each, other]) => each !== name || other !== act);
  }
  fire(name, ...values) {
    for (const [each, act] of this.listeners) if (each === name) act(...values);
  }
  change(traits) {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) this.fire(`change:${name}`);
  }
  send(content) {
    this.received.push(content);
    const known = this.answers[content.type];
    const answer = typeof known === 'function' ? known(content) : known;
    const wait = this.answers.wait ?? 10;
    if (answer) setTimeout(() => this.fire('msg:custom', { request: content.request, ...answer }, []), wait);
  }
}
