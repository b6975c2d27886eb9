import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy in front of servers on 127.0.0.1. */
export interface TcpProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** How connections are forwarded. */
export interface TcpProxyOptions {
  /** The servers; new connections go to each in turn. */
  readonly ports: readonly number[];
  /** Rewrites replies without a change of their length. */
  readonly rewrite?: (reply: string) => string;
}

/** Forwards connections as a load balancer does, and may rewrite replies. */
export async function startTcpProxy({
  ports,
  rewrite = (reply) => reply,
}: TcpProxyOptions): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let turn = 0;
  const listener = createServer((client) => {
    const server = connect(ports[turn++ % ports.length] ?? 0, '127.0.0.1');
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      client.write(Buffer.from(rewrite(chunk.toString('latin1')), 'latin1'));
    });
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
