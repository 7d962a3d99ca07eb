// The worker as the page sees it: load, run, check, and stop.

import { _, wordsOfPage } from "./words.js";

/** The answer to a stopped query. */
export class Stopped extends Error {}

/** What the worker reports; `line` and `column` are there for a place in the query. */
export class QueryFault extends Error {
  constructor({ message, line, column, isSyntax }) {
    super(message);
    Object.assign(this, { line, column, isSyntax });
  }
}

/** An engine in a worker, which loads itself again when it is stopped or has failed. */
export class Engine {
  /** `source` is {script, engine, dump, digests}: addresses of the worker, of the engine and of the data. */
  constructor(source) {
    this.source = source;
    this.start();
  }

  /** Begin to load; `ready` is fulfilled when the engine answers. */
  start() {
    this.pending = new Map();
    this.next = 0;
    this.worker = new Worker(this.source.script);
    this.worker.onmessage = ({ data: { id, value, fault } }) => {
      const { resolve, reject } = this.pending.get(id);
      this.pending.delete(id);
      if (!fault) return resolve(value);
      reject(new QueryFault(fault));
      if (fault.isFatal && id > 0) this.stop(); // 0 is the loading itself, which would fail again
    };
    this.worker.onerror = () => this.fail(new QueryFault({ message: _("The engine cannot be started in this browser.") }));
    const { engine, dump, digests } = this.source;
    this.ready = this.ask("load", { engine, dump, digests, words: wordsOfPage() });
    this.ready.catch(() => {}); // told to each that asks
  }

  ask(task, values) {
    return new Promise((resolve, reject) => {
      this.pending.set(this.next, { resolve, reject });
      this.worker.postMessage({ id: this.next++, task, ...values });
    });
  }

  /** Return the answer to a query, as `run` of the worker does. */
  async run(text) {
    await this.ready;
    return this.ask("run", { text });
  }

  /** Return the first syntax error of a query, or null. */
  async check(text, prefixes) {
    await this.ready;
    return this.ask("check", { text, prefixes });
  }

  /** End what runs, whatever it does, and load again: the files are in the cache of the browser. */
  stop() {
    this.worker.terminate();
    this.fail(new Stopped());
    this.start();
  }

  fail(error) {
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
