import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy that knows some commands only, in front of a server on 127.0.0.1. */
export interface PickyProxy {
  readonly port: number;
  readonly url: string;
  /** How many connections it has closed because of a command. */
  readonly refused: () => number;
  /** Closes the connections that stand. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a proxy that closes a connection, without a word, when one of its commands matches. */
export async function startPickyProxy(
  targetPort: number,
  unknown: RegExp,
  farewell: 'end' | 'resetAndDestroy' = 'end',
): Promise<PickyProxy> {
  const open = new Set<Socket>();
  let refused = 0;
  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (!commandsIn(chunk).some((command) => unknown.test(command))) {
        server.write(chunk);
        return;
      }
      refused += 1;
      client[farewell]();
    });
    server.on('data', (chunk) => client.write(chunk));
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port,
    url: `redis://127.0.0.1:${String(port)}`,
    refused: () => refused,
    cut,
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      cut();
      await closed;
    },
  };
}

/** The commands that a chunk begins with, as `CLIENT SETNAME x`; clients send them as arrays. */
function commandsIn(chunk: Buffer): readonly string[] {
  const arrays = chunk.toString('latin1').split(/(?:^|\r\n)\*\d+\r\n/);
  return arrays.map((array) => array.replace(/\$\d+\r\n/g, '').replaceAll('\r\n', ' '));
}
