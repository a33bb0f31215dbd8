// When a panel is fetched that changes rarely, or whose requests are expensive: at once, for example
// for changed filters, then rarely.

export class Poll {
  #request;
  #seconds;
  #shown;
  #failed;
  #pending = null; // the AbortController of the request on its way
  #due = 0; // when the next request for the same filters may go out: performance.now()

  /** Whether there was a response for the filters. */
  isCurrent = false;

  /**
   * `request(query, signal)` fetches the data. Then `shown(response, query)` or `failed(error)` is
   * called. The next request for the same filters goes out `seconds` later.
   */
  constructor(request, seconds, { shown, failed }) {
    this.#request = request;
    this.#seconds = seconds;
    this.#shown = shown;
    this.#failed = failed;
  }

  cancel() {
    this.#pending?.abort();
    this.#pending = null;
  }

  /** Fetch for other filters, at once. */
  load(query) {
    this.cancel();
    this.isCurrent = false;
    return this.#fetch(query);
  }

  /** Fetch for the same filters, if the last request is long enough ago. */
  async refresh(query) {
    if (!this.#pending && performance.now() >= this.#due) await this.#fetch(query);
  }

  async #fetch(query) {
    const controller = new AbortController();
    this.#pending = controller;
    const { signal } = controller;
    let wait = 0;
    try {
      const response = await this.#request(query, signal);
      if (signal.aborted) return;
      this.#shown(response, query);
      this.isCurrent = true;
    } catch (error) {
      if (signal.aborted) return;
      wait = error.wait ?? 0;
      this.#failed(error);
    } finally {
      if (this.#pending === controller) {
        this.#pending = null;
        this.#due = performance.now() + 1000 * Math.max(this.#seconds, wait);
      }
    }
  }
}
