import type { Socket } from 'node:net';

/** What a lane carries: bytes, or the news that there will be no more. */
type Item = Buffer | 'end';

/** How late an item may arrive, anew for each. */
export type Delay = () => number;

/** One direction of a connection through the proxy: in order, delayed, or held back. */
export class ProxyLane {
  readonly #to: Socket;
  readonly #delay: Delay;
  readonly #items: { readonly item: Item; readonly due: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isHeld: boolean;

  constructor(to: Socket, options: { readonly isHeld: boolean; readonly delay: Delay }) {
    this.#to = to;
    this.#isHeld = options.isHeld;
    this.#delay = options.delay;
  }

  push(item: Item): void {
    this.#items.push({ item, due: performance.now() + this.#delay() });
    this.#deliver();
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#deliver();
  }

  /** Whatever has not been delivered is lost. */
  empty(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#items.length = 0;
  }

  #deliver(): void {
    while (!this.#isHeld && this.#timer === undefined) {
      const [first] = this.#items;
      if (first === undefined) return;
      const early = first.due - performance.now();
      if (early > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#deliver();
        }, early);
        return;
      }
      this.#items.shift();
      if (first.item === 'end') this.#to.end();
      else this.#to.write(first.item);
    }
  }
}
