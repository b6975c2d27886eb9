/** The place of a value in a `LinkedQueue`. */
export interface QueueNode<T> {
  readonly value: T;
  previous: QueueNode<T> | null;
  next: QueueNode<T> | null;
  isQueued: boolean;
}

/** First in, first out; a value may leave from anywhere. Every step takes constant time. */
export class LinkedQueue<T> {
  #first: QueueNode<T> | null = null;
  #last: QueueNode<T> | null = null;

  /** The value that is in the queue for the longest time. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Appends a value; the node that is returned removes it. */
  push(value: T): QueueNode<T> {
    const node: QueueNode<T> = { value, previous: this.#last, next: null, isQueued: true };
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    return node;
  }

  /** Removes a value; false when it has left already. */
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

  /** The values in their order. What leaves meanwhile is passed over, unless it comes next. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let node = this.#first; node !== null; node = node.next) yield node.value;
  }
}
