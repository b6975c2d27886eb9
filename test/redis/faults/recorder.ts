import { inspect } from 'node:util';
import type {
  CircuitEvent,
  DecisionEvent,
  DecisionObserver,
  DegradedEvent,
} from '@rate-sync/nestjs';

/** A change of a circuit breaker, and when. */
export interface CircuitChange extends CircuitEvent {
  readonly atMs: number;
}

const SAMPLES = 200;

/** An observer that records all events. */
export class Witness implements DecisionObserver {
  readonly circuits: CircuitChange[] = [];
  /** How many degraded answers there were, by `kind/code`. */
  readonly degraded = new Map<string, number>();
  decisions = 0;
  /** Some of the events as a careless logger would print them. */
  readonly samples: string[] = [];

  onDecision(event: DecisionEvent): void {
    this.decisions += 1;
    this.#sample({ ...event, identifiers: event.identifiers });
  }

  onDegraded(event: DegradedEvent): void {
    const why = `${event.kind}/${String(event.failureCode)}`;
    this.degraded.set(why, (this.degraded.get(why) ?? 0) + event.limiterIds.length);
    this.#sample(event);
  }

  onCircuit(event: CircuitEvent): void {
    this.circuits.push({ ...event, atMs: performance.now() });
    this.#sample(event);
  }

  /** The states of the breaker in their order: `closed>open`. */
  get path(): readonly string[] {
    return this.circuits.map(({ from, to }) => `${from}>${to}`);
  }

  #sample(event: object): void {
    if (this.samples.length < SAMPLES) this.samples.push(inspect(event, { depth: 10 }));
  }
}
