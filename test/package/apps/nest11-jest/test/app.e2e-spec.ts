import { Test, TestingModule } from '@nestjs/testing';
import { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { App } from 'supertest/types';
import { AppModule } from './../src/app';

describe('AppModule (e2e)', () => {
  let app: INestApplication<App>;

  beforeEach(async () => {
    const moduleFixture: TestingModule = await Test.createTestingModule({
      imports: [AppModule],
    }).compile();

    app = moduleFixture.createNestApplication();
    await app.init();
  });

  afterEach(async () => {
    await app.close();
  });

  it('limits /login (POST)', async () => {
    await request(app.getHttpServer()).post('/login').expect(201).expect('welcome');
    await request(app.getHttpServer()).post('/login').expect(201);
    await request(app.getHttpServer()).post('/login').expect(429).expect('Retry-After', /^\d+$/);
  });
});
