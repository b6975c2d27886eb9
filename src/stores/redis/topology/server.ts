import { StoreUnavailableError, type StoreFailureKind } from '../../../core/errors/index.js';
import type { NodeStatus } from '../../../core/store-status.js';
import { Connection } from '../connection/connection.js';
import { failureOf, type FailureOrigin } from '../connection/failures.js';
import { failOperation, newProbe, type PendingOperation } from '../batching/pending-operation.js';
import { isRelease } from '../protocol/operation.js';
import { Health } from './health.js';
import { ScriptQueue } from '../batching/script-queue.js';
import { ServerClock } from '../batching/server-clock.js';
import type { ServerOptions } from './server-options.js';

/** A connection on which nothing came for so long, although something was asked, is given up. */
const SILENCE_MS = 1_000;

/**
 * One server: the connection, the line of calls on it, and its health.
 *
 * Until the first connection stands, operations wait for it within their deadlines. After that, a lost
 * connection and an open breaker refuse at once.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #origin: FailureOrigin;
  readonly #connection: Connection;
  readonly #queue: ScriptQueue;
  readonly #serverClock = new ServerClock();
  readonly #health: Health;
  #link: 'connecting' | 'up' | 'down' | 'closed' = 'connecting';
  #failure: StoreUnavailableError;

  constructor(options: ServerOptions) {
    const { settings, clock, address } = options;
    this.#options = options;
    this.#origin = { storeId: settings.id, address };
    this.#health = new Health({
      clock,
      rule: settings.circuitBreaker,
      checkEveryMs: settings.healthCheckIntervalMs,
      probe: () => this.#probe(),
      isIdle: () => this.#queue.isIdle,
      onCircuit: options.onCircuit,
    });
    this.#connection = new Connection({
      ...options,
      origin: this.#origin,
      firstGreetingMs: settings.socketConnectTimeoutMs,
      onUp: () => void this.#up(),
      onDown: () => {
        this.#down();
      },
    });
    this.#failure = this.#connection.failure;
    this.#queue = new ScriptQueue({
      clock,
      serverClock: this.#serverClock,
      origin: this.#origin,
      connection: this.#connection,
      maxInFlight: settings.maxInFlight,
      maxReplyMs: settings.decisionTimeoutMs,
      maxSilenceMs: settings.socketTimeoutMs,
      nowUs: options.nowUs,
      isOneSlotPerCall: options.isOneSlotPerCall,
      onAnswered: this.#health.answered.bind(this.#health),
      onLate: (operations) => {
        for (const pending of operations) failOperation(pending, this.#timeout);
      },
      onOverdue: (operations) => {
        this.#noteFailures(operations, this.#timeout);
      },
      onSilent: () => {
        this.#connection.renew(this.#timeout);
      },
      onFailed: this.#callFailed.bind(this),
    });
  }

  /** What the server said it is, noted by who greets it. */
  role: string | null = null;

  get isUp(): boolean {
    return this.#link === 'up';
  }

  get status(): NodeStatus {
    const { isUp, role, failure } = this;
    return { address: this.#options.address, role, isUp, circuit: this.#health.circuit, failure };
  }

  get failure(): NodeStatus['failure'] {
    const { kind, failureCode } = this.#failure;
    return this.isUp && this.#health.isHealthy ? null : { kind, failureCode };
  }

  get #timeout(): StoreUnavailableError {
    return this.#failed('timeout', null);
  }

  open(): void {
    this.#connection.open();
  }

  /** Why nothing can be asked now; null when it can. */
  unavailableReason(): StoreUnavailableError | null {
    if (this.#link === 'down') this.#health.failed();
    const isOpen = this.#link === 'up' || this.#link === 'connecting';
    return isOpen && this.#health.isHealthy ? null : this.#failure;
  }

  /**
   * Asks; fails the operation when that cannot be. What goes back does so on every connection that
   * stands: the breaker spares callers the wait, and for this nobody waits.
   */
  submit(pending: PendingOperation): void {
    const goesAnyway = isRelease(pending.operation) && this.#link === 'up';
    const refusal = goesAnyway ? null : this.unavailableReason();
    if (refusal !== null) {
      failOperation(pending, refusal);
      return;
    }
    this.#queue.submit(pending);
  }

  /** Asks for what is just moving to this server from another one. */
  submitAsking(pending: PendingOperation): void {
    this.#queue.submitAsking(pending);
  }

  /** Runs a command that is not about limits, within the time that a connection may take. */
  command(name: string, ...args: readonly string[]): Promise<unknown> {
    return this.#connection.command(name, args);
  }

  /** Takes back what waits for the first connection. */
  takeWaiting(): readonly PendingOperation[] {
    return this.#queue.takeWaiting();
  }

  /** Settles when the server has proved itself, or with the reason why it cannot. */
  ready(): Promise<void> {
    if (this.#link === 'down' || this.#link === 'closed') return Promise.reject(this.#failure);
    const proved = this.#health.ready();
    this.#probe();
    return proved;
  }

  /** Waits for what is on its way, then closes what is owned. */
  async close(): Promise<void> {
    if (this.#link === 'up') await this.#queue.drained();
    this.#link = 'closed';
    this.#failure = this.#failed('connection', 'CLOSED');
    this.#queue.close();
    this.#connection.close();
    this.#health.close(this.#failure);
    this.#fail(this.#queue.takeWaiting(), this.#failure);
  }

  async #up(): Promise<void> {
    this.#serverClock.reset();
    try {
      await this.#options.prepare(this);
    } catch (error) {
      if (this.#connection.greeting.isRepeated) return;
      this.#failure = failureOf(error, this.#origin);
      this.#health.disconnected(this.#failure);
      if (this.#link !== 'closed') this.#connection.renew(this.#failure);
      return;
    }
    if (this.#link === 'closed') return;
    this.#connection.greeting.end();
    this.#link = 'up';
    this.#health.connected();
    this.#queue.resume();
    this.#options.onUp();
  }

  #down(): void {
    if (this.#link === 'closed') return;
    this.#link = 'down';
    this.#failure = this.#connection.failure;
    this.#queue.pause();
    this.#health.disconnected(this.#failure);
    this.#fail(this.#queue.takeWaiting(), this.#failure);
    this.#options.onDown(this.#failure);
  }

  #callFailed(operations: readonly PendingOperation[], error: unknown): void {
    const open = operations.filter((pending) => !pending.isSettled);
    if (this.#options.redirect(open, error)) return;
    const failure = failureOf(error, this.#origin);
    if (failure.kind === 'readonly') this.#connection.lookElsewhere();
    const isLost = failure.kind === 'connection' || failure.kind === 'timeout';
    if (isLost) for (const pending of operations) pending.onLost?.();
    this.#fail(this.#repeat(open, failure), failure);
  }

  #failed(kind: StoreFailureKind, failureCode: string | null): StoreUnavailableError {
    return new StoreUnavailableError({ ...this.#origin, kind, failureCode });
  }

  /** Puts what can be done twice on the next connection; gives back what cannot. */
  #repeat(
    operations: readonly PendingOperation[],
    { kind }: StoreUnavailableError,
  ): readonly PendingOperation[] {
    if (!this.#options.settings.retryOnTimeout || kind !== 'connection') return operations;
    return operations.filter((pending) => {
      if (!pending.isRepeatable || pending.detours > 0 || this.#link === 'closed') return true;
      pending.detours += 1;
      this.#queue.submit(pending);
      return false;
    });
  }

  #fail(operations: readonly PendingOperation[], failure: StoreUnavailableError): void {
    const unsettled = operations.filter((pending) => !pending.isSettled);
    const isOfServer = failure.kind !== 'data' && failure.kind !== 'overload';
    if (isOfServer) this.#noteFailures(unsettled.length, failure);
    for (const pending of unsettled) failOperation(pending, failure);
  }

  /** The server failed so many decisions. */
  #noteFailures(count: number, failure: StoreUnavailableError): void {
    if (count === 0) return;
    this.#failure = failure;
    for (let failed = 0; failed < count; failed++) this.#health.failed();
  }

  #probe(): boolean {
    if (this.#link !== 'up') return false;
    const { clock, probeOperation, settings, backoff } = this.#options;
    // At the start a busy process may be slow to hear the answer of a healthy server.
    const { socketConnectTimeoutMs, decisionTimeoutMs } = settings;
    const patienceMs = this.#health.isAwaited ? socketConnectTimeoutMs : decisionTimeoutMs;
    const pending = newProbe(probeOperation(), patienceMs, clock.nowMs(), {
      onReply: ({ isInTime }) => {
        if (!isInTime) return;
        backoff.reset();
        this.#health.probeSucceeded();
      },
      onFailure: (failure) => {
        if (this.#link !== 'up') return;
        this.#health.probeFailed(failure);
        if (this.#queue.isSilentFor(SILENCE_MS)) this.#connection.renew();
      },
    });
    this.#queue.submit(pending);
    return true;
  }
}
