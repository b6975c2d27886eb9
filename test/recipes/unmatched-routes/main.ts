import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { limitEverything } from './limit-everything.js';

export async function bootstrap(port: number, publicFolder: string) {
  const app = await NestFactory.create<NestExpressApplication>(AppModule);
  limitEverything(app);
  app.useStaticAssets(publicFolder);
  await app.listen(port);
  return app;
}
