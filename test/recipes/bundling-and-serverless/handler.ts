import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

let listener: Promise<RequestListener> | undefined;

/** One application for each instance of the function: its connection to Redis is reused. */
async function createListener(): Promise<RequestListener> {
  const app = await NestFactory.create(AppModule);
  await app.init();
  return app.getHttpAdapter().getInstance() as RequestListener;
}

export async function handler(request: IncomingMessage, response: ServerResponse): Promise<void> {
  listener ??= createListener().catch((error: unknown) => {
    listener = undefined; // the next request starts it again
    throw error;
  });
  (await listener)(request, response);
}
