import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

export async function bootstrap(port: number) {
  const app = await NestFactory.create(AppModule);
  app.enableCors({
    origin: 'https://app.example.org',
    exposedHeaders: [
      'RateLimit',
      'RateLimit-Policy',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'Retry-After',
    ],
  });
  await app.listen(port);
  return app;
}
