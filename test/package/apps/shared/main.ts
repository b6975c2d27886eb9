import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.js';

/** Serves the app to itself, prints what came back as one line of JSON, and ends. */
async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const answers = [];
  for (const route of ['login', 'login', 'login', 'injected', 'looked-up']) {
    const response = await fetch(`${url}/${route}`, { method: route === 'login' ? 'POST' : 'GET' });
    const headers = Object.fromEntries(response.headers.entries());
    answers.push({ route, status: response.status, headers, body: await response.text() });
  }
  await app.close();
  console.log(JSON.stringify(answers));
}

void main();
