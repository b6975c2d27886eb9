import { Agent, request, type IncomingMessage } from 'node:http';
import { bucketOf, outcomeOf, type Answer, type Outcome, type Route } from './answers.js';

/** How much is asked, and by whom. */
export interface LoadOptions {
  /**
   * Requests per second, open and closed together; 30 unless said otherwise, because cases that run
   * side by side share two processors.
   */
  readonly perSecond?: number;
  /** How many callers there are; 5 unless said otherwise. Each has a bucket on each route. */
  readonly callers?: number;
}

const TICK_MS = 10;
/** A request that is unanswered after so many ticks hangs. While this process stalls none passes. */
const PATIENCE_TICKS = 500;
const SAMPLES = 400;
/** So many requests with a limit come with one without. */
const FREE_EVERY = 8;

/** A request on its way. */
interface Open {
  readonly hang: () => void;
  readonly sentTick: number;
}

type Judged = Pick<Answer, 'status' | 'outcome' | 'detail'>;

/**
 * Requests at a constant rate, whether or not earlier ones are answered: a load that waits for answers
 * does not show that they are late.
 */
export class Load {
  readonly answers: Answer[] = [];
  /** Of a route without limits: what this machine can do just now. */
  readonly unlimited: Answer[] = [];
  /** Some of everything that was answered, to be searched for secrets. */
  readonly samples = new Set<string>();
  readonly #url: string;
  readonly #perSecond: number;
  readonly #callers: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #open = new Set<Open>();
  readonly #startMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #ticks = 0;
  #sent = 0;
  #isOver = false;
  #onIdle: () => void = () => undefined;

  private constructor(url: string, { perSecond = 30, callers = 5 }: LoadOptions) {
    this.#url = url;
    this.#perSecond = perSecond;
    this.#callers = callers;
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  static start(url: string, options: LoadOptions = {}): Load {
    return new Load(url, options);
  }

  /** Sends no more, and waits for what is still unanswered. */
  async stop(): Promise<readonly Answer[]> {
    this.#isOver = true;
    if (this.#open.size > 0) {
      await new Promise<void>((done) => {
        this.#onIdle = done;
      });
    }
    clearInterval(this.#timer);
    this.#agent.destroy();
    return this.answers;
  }

  #tick(): void {
    this.#ticks += 1;
    for (const { sentTick, hang } of this.#open) {
      if (this.#ticks - sentTick < PATIENCE_TICKS) break;
      hang();
    }
    const due = Math.floor(((performance.now() - this.#startMs) / 1_000) * this.#perSecond);
    while (!this.#isOver && this.#sent < due) {
      const index = this.#sent++;
      const identifier = callerName(Math.floor(index / 2) % this.#callers);
      this.#send(index % 2 === 0 ? 'open' : 'closed', identifier);
      if (index % FREE_EVERY === 0) this.#send('free', identifier);
    }
  }

  #send(route: Route, identifier: string): void {
    const sentMs = performance.now();
    const sent = request(`${this.#url}/${route}`, {
      agent: this.#agent,
      headers: { 'x-caller': identifier },
    });
    const keep = (judged: Judged): void => {
      if (!this.#open.delete(open)) return;
      const tookMs = performance.now() - sentMs;
      const answers = route === 'free' ? this.unlimited : this.answers;
      answers.push({ route, identifier, sentMs, tookMs, ...judged });
      if (this.#open.size === 0) this.#onIdle();
    };
    const open: Open = {
      sentTick: this.#ticks,
      hang: () => {
        keep({ status: 0, outcome: 'hung', detail: '' });
        sent.destroy();
      },
    };
    this.#open.add(open);
    sent.on('error', ({ message }) => {
      keep({ status: 0, outcome: 'wrong', detail: message });
    });
    sent.on('response', (response) => {
      this.#read(response, { route, identifier }, keep);
    });
    sent.end();
  }

  #read(
    response: IncomingMessage,
    bucket: Pick<Answer, 'route' | 'identifier'>,
    keep: (judged: Judged) => void,
  ): void {
    const { statusCode: status = 0, headers } = response;
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (body += chunk));
    response.on('error', ({ message }) => {
      keep({ status, outcome: 'wrong', detail: message });
    });
    response.on('end', () => {
      const outcome: Outcome = outcomeOf(bucket.route, { status, headers });
      const text = `${String(status)} ${JSON.stringify({ ...headers, date: '' })} ${body}`;
      if (this.samples.size < SAMPLES) this.samples.add(text);
      const detail = outcome === 'wrong' ? `${bucketOf(bucket)}: ${text}` : '';
      keep({ status, outcome, detail });
    });
  }
}

/** What the callers of a load are called. */
export function callerName(index: number): string {
  return `caller-${String(index)}`;
}
