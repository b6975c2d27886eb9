/* One application of the HTTP benchmark. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { answer } from './harness.mjs';
import { moduleOf, variants } from './http-variants.mjs';

const [platform, name, url] = process.argv.slice(2);
const variant = variants.find((each) => each.name === name);
const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
const options = { logger: ['error'], abortOnError: false };
const app = await NestFactory.create(moduleOf(variant, url), adapter, options);
await app.listen(0, '127.0.0.1');

answer({
  port: () => app.getHttpServer().address().port,
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});
