import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** What an application decides about its HTTP server. */
export interface AdapterOptions {
  /** The proxies whose X-Forwarded-For the adapter itself believes; true: everybody's. */
  readonly trustProxy?: string | true | undefined;
}

/** One of the HTTP servers that Nest runs on. */
export interface Adapter {
  readonly name: string;
  create(options: AdapterOptions): AbstractHttpAdapter;
}

const express: Adapter = {
  name: 'Express',
  create({ trustProxy }) {
    const adapter = new ExpressAdapter();
    if (trustProxy !== undefined) adapter.set('trust proxy', trustProxy);
    return adapter;
  },
};

const fastify: Adapter = {
  name: 'Fastify',
  create: ({ trustProxy }) =>
    new FastifyAdapter(trustProxy === undefined ? {} : { trustProxy }) as AbstractHttpAdapter,
};

/** Every test of this folder runs on each of these. */
export const ADAPTERS: readonly Adapter[] = [express, fastify];
