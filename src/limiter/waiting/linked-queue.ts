/** A value in a `LinkedQueue`. */
export interface QueueNode<T> {
  readonly value: T;
  previous: QueueNode<T> | null;
  next: QueueNode<T> | null;
  isQueued: boolean;
}

/** First in, first out; any value can be removed. Every operation takes constant time. */
export class LinkedQueue<T> {
  #first: QueueNode<T> | null = null;
  #last: QueueNode<T> | null = null;

  /** The value that has been in the queue the longest. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Appends a value; pass the returned node to `remove`. */
  push(value: T): QueueNode<T> {
    const node: QueueNode<T> = { value, previous: this.#last, next: null, isQueued: true };
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    return node;
  }

  /** Removes a value; false when it was removed before. */
  remove(node: QueueNode<T>): boolean {
    if (!node.isQueued) return false;
    node.isQueued = false;
    const { previous, next } = node;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    return true;
  }

  /** The values in their order. Values removed during the iteration are skipped, unless they are next. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let node = this.#first; node !== null; node = node.next) yield node.value;
  }
}
