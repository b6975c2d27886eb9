import { httpTransport } from './http/http-transport.js';
import type { TransportDefinition } from './transport.js';

/** The transports of this package. A further one is a folder beside `http` and a line here. */
export const BUILT_IN_TRANSPORTS: readonly TransportDefinition[] = [httpTransport];
