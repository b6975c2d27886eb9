import type { INestApplication } from '@nestjs/common';
import { canonicalIp, RateSyncService } from '@rate-sync/nestjs';
import type { NextFunction, Request, Response } from 'express';

/** Limits every request that reaches the server. Call it before `app.useStaticAssets`. */
export function limitEverything(app: INestApplication): void {
  const everything = app.get(RateSyncService).getLimiter('everything');

  app.use((request: Request, response: Response, next: NextFunction) => {
    everything.consume(canonicalIp(request.ip ?? '', 64)).then(({ allowed, retryAfterMs }) => {
      if (allowed) {
        next();
        return;
      }
      response
        .status(429)
        .set({ 'Retry-After': String(Math.ceil(retryAfterMs / 1000)), 'Cache-Control': 'no-store' })
        .json({ statusCode: 429, message: 'Too many requests.' });
    }, next);
  });
}
