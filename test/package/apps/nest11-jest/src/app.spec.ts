import { Test, TestingModule } from '@nestjs/testing';
import { RateSyncModule } from '@rate-sync/nestjs';
import * as testing from '@rate-sync/nestjs/testing';
import { options, ProviderController } from './app';

describe('ProviderController', () => {
  let moduleRef: TestingModule;

  beforeEach(async () => {
    moduleRef = await Test.createTestingModule({
      imports: [RateSyncModule.forRoot(options)],
      controllers: [ProviderController],
    }).compile();
    await moduleRef.init();
  });

  afterEach(async () => {
    await moduleRef.close();
  });

  it('consumes through the injected limiter and the service alike', async () => {
    const controller = moduleRef.get(ProviderController);
    await expect(controller.injected()).resolves.toMatchObject({ allowed: true, remaining: 1 });
    await expect(controller.lookedUp()).resolves.toMatchObject({ allowed: true, remaining: 0 });
    await expect(controller.injected()).resolves.toMatchObject({ reason: 'over_limit' });
  });
});

describe('the testing entry', () => {
  it('loads', () => {
    expect(Object.keys(testing)).not.toEqual([]);
  });
});
