import { StoreUnavailableError, type StoreFailureKind } from '../../../core/errors/index.js';
import type { NodeStatus } from '../../../core/store-status.js';
import { failOperation, type PendingOperation } from '../batching/pending-operation.js';
import { ScriptQueue } from '../batching/script-queue.js';
import { ServerClock } from '../batching/server-clock.js';
import { Connection } from '../connection/connection.js';
import { failureOf, type FailureOrigin } from '../connection/failures.js';
import { isRelease } from '../protocol/operation.js';
import { Health } from './health.js';
import type { PreparedServer, ServerOptions } from './server-options.js';
import { sendProbe } from './server-probe.js';

/**
 * One server: its connection, the queue of calls on it, and its health.
 *
 * Until the first connection is up, operations wait for it within their deadlines. After that they
 * fail at once while the connection is lost or the circuit breaker is open.
 */
export class Server implements PreparedServer {
  role: string | null = null;
  readonly #options: ServerOptions;
  readonly #origin: FailureOrigin;
  readonly #connection: Connection;
  readonly #queue: ScriptQueue;
  readonly #serverClock = new ServerClock();
  readonly #health: Health;
  #link: 'connecting' | 'up' | 'down' | 'closed' = 'connecting';
  #failure: StoreUnavailableError;

  constructor(options: ServerOptions) {
    const { settings, address } = options;
    this.#options = options;
    this.#origin = { storeId: settings.id, address };
    this.#health = new Health({
      clock: options.clock,
      rule: settings.circuitBreaker,
      checkEveryMs: settings.healthCheckIntervalMs,
      probe: () => this.#probe(),
      isIdle: () => this.#queue.isIdle,
      onCircuit: options.onCircuit,
    });
    this.#connection = new Connection({
      ...options,
      origin: this.#origin,
      firstHelloMs: settings.socketConnectTimeoutMs,
      onUp: () => void this.#up(),
      onDown: () => {
        this.#down();
      },
    });
    this.#failure = this.#connection.failure;
    this.#queue = this.#newQueue();
  }

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

  open(): void {
    this.#connection.open();
  }

  /** Why operations fail now; null when they can be sent. */
  unavailableReason(): StoreUnavailableError | null {
    if (this.#link === 'down') this.#health.failed();
    const isOpen = this.#link === 'up' || this.#link === 'connecting';
    return isOpen && this.#health.isHealthy ? null : this.#failure;
  }

  /**
   * Sends an operation, or fails it. A release is sent on every connection that is up: an open circuit
   * breaker spares callers the wait, and no caller waits for a release.
   */
  submit(pending: PendingOperation): void {
    const reason = this.unavailableReason();
    if (reason === null || (this.isUp && isRelease(pending.operation))) this.#queue.submit(pending);
    else failOperation(pending, reason);
  }

  /** Sends an operation for a hash slot that is moving to this server. */
  submitAsking(pending: PendingOperation): void {
    this.#queue.submitAsking(pending);
  }

  /** Runs any other command, for a second at most. */
  command(name: string, ...args: readonly string[]): Promise<unknown> {
    return this.#connection.command(name, args);
  }

  /** Takes the operations that wait for the first connection. */
  takeWaiting(): readonly PendingOperation[] {
    return this.#queue.takeWaiting();
  }

  /** Settles when the server is ready; rejects with the reason why it is not. */
  ready(): Promise<void> {
    if (this.#link === 'down' || this.#link === 'closed') return Promise.reject(this.#failure);
    const ready = this.#health.ready();
    this.#probe();
    return ready;
  }

  /** Waits for the calls in flight, then closes an owned client. */
  async close(): Promise<void> {
    if (this.#link === 'up') await this.#queue.drained();
    this.#link = 'closed';
    this.#failure = this.#failureOf('connection', 'CLOSED');
    this.#queue.close();
    this.#connection.close();
    this.#health.close(this.#failure);
    this.#fail(this.#queue.takeWaiting(), this.#failure);
  }

  #newQueue(): ScriptQueue {
    const { settings, clock, nowUs, isOneSlotPerCall } = this.#options;
    return new ScriptQueue({
      clock,
      serverClock: this.#serverClock,
      origin: this.#origin,
      connection: this.#connection,
      maxInFlight: settings.maxInFlight,
      maxReplyMs: settings.decisionTimeoutMs,
      maxSilenceMs: settings.socketTimeoutMs,
      nowUs,
      isOneSlotPerCall,
      onDecided: this.#health.succeeded.bind(this.#health),
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

  async #up(): Promise<void> {
    this.#serverClock.reset();
    try {
      await this.#options.prepare(this);
    } catch (error) {
      if (this.#connection.hello.isRepeated) return;
      this.#failure = failureOf(error, this.#origin);
      this.#health.disconnected(this.#failure);
      if (this.#link !== 'closed') this.#connection.renew(this.#failure);
      return;
    }
    if (this.#link === 'closed') return;
    this.#connection.hello.end();
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
    const unsettled = operations.filter((pending) => !pending.isSettled);
    if (this.#options.redirect(unsettled, error)) return;
    const failure = failureOf(error, this.#origin);
    if (failure.kind === 'readonly') this.#connection.reconnect();
    const isLost = failure.kind === 'connection' || failure.kind === 'timeout';
    if (isLost) for (const pending of operations) pending.onLost?.();
    this.#fail(this.#repeat(unsettled, failure), failure);
  }

  get #timeout(): StoreUnavailableError {
    return this.#failureOf('timeout', null);
  }

  #failureOf(kind: StoreFailureKind, failureCode: string | null): StoreUnavailableError {
    return new StoreUnavailableError({ ...this.#origin, kind, failureCode });
  }

  /** Submits repeatable operations for the next connection; returns the others. */
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

  /** Counts operations that the server failed. */
  #noteFailures(count: number, failure: StoreUnavailableError): void {
    if (count === 0) return;
    this.#failure = failure;
    for (let failed = 0; failed < count; failed++) this.#health.failed();
  }

  #probe(): boolean {
    return sendProbe({
      ...this.#options,
      queue: this.#queue,
      connection: this.#connection,
      health: this.#health,
      isUp: () => this.isUp,
    });
  }
}
