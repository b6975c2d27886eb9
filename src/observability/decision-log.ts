import type { LoggingSettings } from '../config/index.js';
import type { Clock } from '../core/clock.js';
import type { Decision } from '../core/decision.js';
import type {
  CircuitEvent,
  DecisionEvent,
  DecisionObserver,
  OverflowEvent,
} from '../core/events.js';
import { describeFailure } from '../core/errors/store-causes.js';
import { sanitised } from '../core/sanitised.js';
import { FailureBudget, LineBudget } from './log-budget.js';
import type { LogFields } from './log-line.js';
import { write, type LogSink } from './log-sink.js';

/** Lines about the denials of one limiter in a second. */
const DENIALS = { lines: 3, everyMs: 1_000 };

/** The class of the error behind every degraded decision. */
const ERROR_TYPE = 'StoreUnavailableError';

/**
 * Logs the decisions of limiters, one object for each event: `rate_limit_allowed` (a sample),
 * `rate_limit_exceeded`, `rate_limit_error`, `rate_limit_circuit` and `rate_limit_overflow`.
 *
 * Identifiers are hashed. A flood of denials or failures is a few lines for each limiter;
 * `suppressed` counts the lines that were left out before a line.
 */
export class DecisionLog implements DecisionObserver {
  /** Defined only when allowed calls are logged; otherwise they cost nothing. */
  readonly onDecision?: (event: DecisionEvent) => void;
  readonly #settings: LoggingSettings;
  readonly #sink: LogSink;
  readonly #denials: LineBudget;
  readonly #failures: FailureBudget;
  readonly #random: () => number;

  constructor(
    settings: LoggingSettings,
    sink: LogSink,
    clock: Clock,
    random: () => number = Math.random,
  ) {
    this.#settings = settings;
    this.#sink = sink;
    this.#denials = new LineBudget(DENIALS, clock);
    this.#failures = new FailureBudget(clock);
    this.#random = random;
    if (settings.allowedSample > 0 && settings.levels.allowed !== 'off') {
      this.onDecision = (event) => {
        this.#sampled(event);
      };
    }
  }

  onDenied(event: DecisionEvent): void {
    event.decisions.forEach((decision, index) => {
      if (decision.degraded) this.#failed(event, index);
    });
    if (!event.allowed) this.#exceeded(event);
  }

  /** Omits the probes of an open circuit, and their failures. */
  onCircuit({ storeId, node, from, to }: CircuitEvent): void {
    if (to === 'half_open' || (from === 'half_open' && to === 'open')) return;
    write(this.#sink, this.#settings.levels.circuit, {
      event: 'rate_limit_circuit',
      store_id: storeId,
      node,
      from,
      to,
    });
  }

  onOverflow({ storeId, limiterId, maxKeys }: OverflowEvent): void {
    write(this.#sink, 'warn', {
      event: 'rate_limit_overflow',
      limiter_id: limiterId,
      store_id: storeId,
      message:
        `all ${String(maxKeys)} identifiers of store "${storeId}" are at their limit: new ` +
        'identifiers share one bucket. Raise max_keys, or investigate the traffic.',
    });
  }

  #sampled(event: DecisionEvent): void {
    if (!event.allowed || this.#random() >= this.#settings.allowedSample) return;
    event.decisions.forEach((decision, index) => {
      if (decision.degraded || !decision.allowed) return;
      write(this.#sink, this.#settings.levels.allowed, {
        event: 'rate_limit_allowed',
        ...sharedFields(event, index, decision),
      });
    });
  }

  /** One line for each call, about the limit with the longest wait. */
  #exceeded(event: DecisionEvent): void {
    const over = event.decisions.filter((decision) => !decision.allowed && !decision.degraded);
    const [first, ...others] = over;
    if (first === undefined || this.#settings.levels.exceeded === 'off') return;
    const binding = others.reduce(longerWait, first);
    const suppressed = this.#denials.take(binding.limiterId);
    if (suppressed === null) return;
    write(this.#sink, this.#settings.levels.exceeded, {
      event: 'rate_limit_exceeded',
      ...sharedFields(event, event.decisions.indexOf(binding), binding),
      suppressed,
    });
  }

  #failed(event: DecisionEvent, index: number): void {
    const decision = event.decisions[index];
    const failure = event.failures[index];
    if (decision === undefined || failure == null) return;
    const { storeId, kind, failureCode } = failure;
    const suppressed = this.#failures.take(`${storeId}/${decision.limiterId}`, kind);
    if (suppressed === null) return;
    write(this.#sink, this.#settings.levels.error, {
      event: 'rate_limit_error',
      limiter_id: decision.limiterId,
      identifier: event.identifiers[index],
      endpoint: endpointOf(event),
      store_id: storeId,
      kind,
      failure_code: failureCode === null ? null : sanitised(failureCode),
      error: sanitised(describeFailure(`store "${storeId}"`, { kind, failureCode })),
      error_type: ERROR_TYPE,
      mode: decision.reason,
      suppressed,
    });
  }
}

/** The fields that allowed and denied calls share. */
function sharedFields(
  event: DecisionEvent,
  index: number,
  decision: Decision,
): Omit<LogFields, 'event'> {
  const { limiterId, limit, remaining, resetAfterMs } = decision;
  return {
    limiter_id: limiterId,
    identifier: event.identifiers[index],
    endpoint: endpointOf(event),
    limit,
    remaining,
    reset_at: new Date(Date.now() + resetAfterMs).toISOString(),
  };
}

function endpointOf({ endpoint }: DecisionEvent): string | null {
  return endpoint === null ? null : sanitised(endpoint);
}

function longerWait(a: Decision, b: Decision): Decision {
  return b.retryAfterMs > a.retryAfterMs ? b : a;
}
