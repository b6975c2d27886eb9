import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000);

const url = (await app.getUrl()).replace('[::1]', 'localhost');
console.log(`The sample app listens on ${url}. Try to log in twelve times:

  for i in $(seq 12); do curl -s -o /dev/null -w '%{http_code}\\n' -X POST ${url}/auth/login \\
    -H 'content-type: application/json' -d "{\\"email\\":\\"user$i@example.org\\"}"; done

Ten answers are 401 (wrong password), then 429 with Retry-After. See them with curl -i.`);
