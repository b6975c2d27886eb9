/*
 * The callers of the HTTP benchmark: keep-alive connections, each of which asks again when it is
 * answered. Written on sockets, because a client library would need more CPU than the server.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { answer, identifierOf, percentile } from './harness.mjs';
import { HEADER } from './http-variants.mjs';

const CONNECTIONS = 64;
const LENGTH = /\r\ncontent-length: (\d+)/i;
const HEAD_END = '\r\n\r\n';

answer({ run });

/** Runs for `durationMs`, or until there were `mostRequests`. */
async function run({ port, durationMs, mostRequests, firstCaller, callers }) {
  const requests = Array.from({ length: callers }, (_, index) => requestOf(firstCaller + index));
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));

  const tally = { latencies: [], statuses: {} };
  const startMs = performance.now();
  const context = { requests, tally, endMs: startMs + durationMs, mostRequests };
  await Promise.all(sockets.map((socket, index) => converse(socket, index, context)));
  const elapsedMs = performance.now() - startMs;
  for (const socket of sockets) socket.destroy();
  const { latencies, statuses } = tally;
  return {
    requests: latencies.length,
    perSecond: (latencies.length / elapsedMs) * 1_000,
    p99Ms: percentile(latencies, 0.99),
    statuses,
  };
}

/** Asks until the time is over, each time for another identifier. */
function converse(socket, index, { requests, tally, endMs, mostRequests }) {
  return new Promise((resolve, reject) => {
    let next = index;
    let text = '';
    let sentMs = 0;
    const send = () => {
      sentMs = performance.now();
      socket.write(requests[next % requests.length]);
      next += CONNECTIONS + 1;
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (!isWhole(text)) return;
      const status = text.slice(9, 12);
      text = '';
      const nowMs = performance.now();
      tally.latencies.push(nowMs - sentMs);
      tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
      if (nowMs < endMs && tally.latencies.length < mostRequests) send();
      else resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    send();
  });
}

function requestOf(caller) {
  const head = `GET /page HTTP/1.1\r\nhost: bench\r\n${HEADER}: ${identifierOf(caller)}`;
  return Buffer.from(`${head}${HEAD_END}`);
}

function isWhole(text) {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return false;
  const length = LENGTH.exec(text)?.[1];
  if (length === undefined) throw new Error(`cannot read this answer: ${text}`);
  return text.length >= headEnd + HEAD_END.length + Number(length);
}
