import { StoreUnavailableError } from '../../core/errors.js';
import type { NodeStatus } from '../../core/store-status.js';
import { Connection } from './connection.js';
import { failureOf, type Place } from './failures.js';
import { failGroup, isReturn, newProbe, type Group } from './group.js';
import { Health } from './health.js';
import { ScriptLine } from './script-line.js';
import { ServerClock } from './server-clock.js';
import type { ServerParts } from './server-parts.js';

/** A connection on which nothing came for so long, although something was asked, is given up. */
const SILENCE_MS = 1_000;

/**
 * One server: the connection, the line of calls on it, and its health.
 *
 * Until the first connection stands, groups wait for it within their deadlines. After that, a lost
 * connection and an open breaker refuse at once.
 */
export class Server {
  readonly #parts: ServerParts;
  readonly #place: Place;
  readonly #connection: Connection;
  readonly #line: ScriptLine;
  readonly #serverClock = new ServerClock();
  readonly #health: Health;
  #link: 'connecting' | 'up' | 'down' | 'closed' = 'connecting';
  #failure: StoreUnavailableError;

  constructor(parts: ServerParts) {
    const { settings, clock, address } = parts;
    this.#parts = parts;
    this.#place = { store: settings.id, address };
    this.#health = new Health({
      clock,
      rule: settings.circuitBreaker,
      checkEveryMs: settings.healthCheckIntervalMs,
      probe: () => this.#probe(),
      isIdle: () => this.#line.isIdle,
      onCircuit: parts.onCircuit,
    });
    this.#connection = new Connection({
      ...parts,
      place: this.#place,
      firstGreetingMs: settings.socketConnectTimeoutMs,
      onUp: () => void this.#up(),
      onDown: () => {
        this.#down();
      },
    });
    this.#failure = this.#connection.failure;
    this.#line = new ScriptLine({
      clock,
      serverClock: this.#serverClock,
      place: this.#place,
      connection: this.#connection,
      maxInFlight: settings.maxInFlight,
      maxReplyMs: settings.decisionTimeoutMs,
      maxSilenceMs: settings.socketTimeoutMs,
      nowUs: parts.nowUs,
      isOneSlotPerCall: parts.isOneSlotPerCall,
      onAnswered: () => {
        this.#health.answered();
      },
      onLate: (groups) => {
        for (const group of groups) failGroup(group, this.#timeout);
      },
      onOverdue: (groups) => {
        this.#noteFailures(groups, this.#timeout);
      },
      onSilent: () => {
        this.#connection.renew(this.#timeout);
      },
      onFailed: (groups, error) => {
        this.#callFailed(groups, error);
      },
    });
  }

  /** What the server said it is, noted by who greets it. */
  role: string | null = null;

  get isUp(): boolean {
    return this.#link === 'up';
  }

  get status(): NodeStatus {
    const { isUp, role, failure } = this;
    return { address: this.#parts.address, role, isUp, circuit: this.#health.circuit, failure };
  }

  get failure(): NodeStatus['failure'] {
    const { kind, failureCode: code } = this.#failure;
    return this.isUp && this.#health.isGood ? null : { kind, code };
  }

  get #timeout(): StoreUnavailableError {
    return new StoreUnavailableError({ ...this.#place, kind: 'timeout' });
  }

  open(): void {
    this.#connection.open();
  }

  /** Why nothing can be asked now; null when it can. */
  refusal(): StoreUnavailableError | null {
    if (this.#link === 'down') this.#health.failed();
    const isOpen = this.#link === 'up' || this.#link === 'connecting';
    return isOpen && this.#health.isGood ? null : this.#failure;
  }

  /**
   * Asks; fails the group when that cannot be. What goes back does so on every connection that
   * stands: the breaker spares callers the wait, and for this nobody waits.
   */
  submit(group: Group): void {
    const goesAnyway = isReturn(group) && this.#link === 'up';
    const refusal = goesAnyway ? null : this.refusal();
    if (refusal !== null) {
      failGroup(group, refusal);
      return;
    }
    this.#line.submit(group);
  }

  /** Asks for what is just moving to this server from another one. */
  submitAsking(group: Group): void {
    this.#line.submitAsking(group);
  }

  /** Runs a command that is not about limits, within the time that a connection may take. */
  command(name: string, ...args: readonly string[]): Promise<unknown> {
    return this.#connection.command(name, args);
  }

  /** Takes back what waits for the first connection. */
  takeWaiting(): readonly Group[] {
    return this.#line.takeWaiting();
  }

  /** Settles when the server has proved itself, or with the reason why it cannot. */
  proved(): Promise<void> {
    if (this.#link === 'down' || this.#link === 'closed') return Promise.reject(this.#failure);
    const proved = this.#health.proved();
    this.#probe();
    return proved;
  }

  /** Waits for what is on its way, then closes what is owned. */
  async close(): Promise<void> {
    if (this.#link === 'up') await this.#line.drained();
    this.#link = 'closed';
    this.#failure = new StoreUnavailableError({
      ...this.#place,
      kind: 'connection',
      code: 'CLOSED',
    });
    this.#line.close();
    this.#connection.close();
    this.#health.close(this.#failure);
    this.#fail(this.#line.takeWaiting(), this.#failure);
  }

  async #up(): Promise<void> {
    this.#serverClock.reset();
    try {
      await this.#parts.prepare(this);
    } catch (error) {
      if (this.#connection.greeting.isRepeated) return;
      this.#failure = failureOf(error, this.#place);
      this.#health.disconnected(this.#failure);
      if (this.#link !== 'closed') this.#connection.renew(this.#failure);
      return;
    }
    if (this.#link === 'closed') return;
    this.#connection.greeting.end();
    this.#link = 'up';
    this.#health.connected();
    this.#line.resume();
    this.#parts.onUp();
  }

  #down(): void {
    if (this.#link === 'closed') return;
    this.#link = 'down';
    this.#failure = this.#connection.failure;
    this.#line.pause();
    this.#health.disconnected(this.#failure);
    this.#fail(this.#line.takeWaiting(), this.#failure);
    this.#parts.onDown(this.#failure);
  }

  #callFailed(groups: readonly Group[], error: unknown): void {
    const open = groups.filter((group) => !group.isSettled);
    if (this.#parts.redirect(open, error)) return;
    const failure = failureOf(error, this.#place);
    if (failure.kind === 'readonly') this.#connection.lookElsewhere();
    const isLost = failure.kind === 'connection' || failure.kind === 'timeout';
    if (isLost) for (const group of groups) group.onLost?.();
    this.#fail(this.#repeat(open, failure), failure);
  }

  /** Puts what can be done twice on the next connection; gives back what cannot. */
  #repeat(groups: readonly Group[], { kind }: StoreUnavailableError): readonly Group[] {
    if (!this.#parts.settings.retryOnTimeout || kind !== 'connection') return groups;
    return groups.filter((group) => {
      if (!group.isRepeatable || group.detours > 0 || this.#link === 'closed') return true;
      group.detours += 1;
      this.#line.submit(group);
      return false;
    });
  }

  #fail(groups: readonly Group[], failure: StoreUnavailableError): void {
    const unsettled = groups.filter((group) => !group.isSettled);
    const isOfServer = failure.kind !== 'data' && failure.kind !== 'overload';
    if (isOfServer) this.#noteFailures(unsettled.length, failure);
    for (const group of unsettled) failGroup(group, failure);
  }

  /** The server failed so many decisions. */
  #noteFailures(count: number, failure: StoreUnavailableError): void {
    if (count === 0) return;
    this.#failure = failure;
    for (let failed = 0; failed < count; failed++) this.#health.failed();
  }

  #probe(): boolean {
    if (this.#link !== 'up') return false;
    const { clock, proofFor, settings, backoff } = this.#parts;
    // At the start a busy process may be slow to hear the answer of a healthy server.
    const { socketConnectTimeoutMs, decisionTimeoutMs } = settings;
    const patienceMs = this.#health.isAwaited ? socketConnectTimeoutMs : decisionTimeoutMs;
    const group = newProbe(proofFor(this), patienceMs, clock.nowMs(), {
      onReply: ({ isInTime }) => {
        if (!isInTime) return;
        backoff.reset();
        this.#health.probeSucceeded();
      },
      onFailure: (failure) => {
        if (this.#link !== 'up') return;
        this.#health.probeFailed(failure);
        if (this.#line.isSilentFor(SILENCE_MS)) this.#connection.renew();
      },
    });
    this.#line.submit(group);
    return true;
  }
}
