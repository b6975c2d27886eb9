import { Controller, Get, Module, Post } from '@nestjs/common';
import {
  InjectLimiter,
  RateLimit,
  RateSyncModule,
  RateSyncService,
  type Decision,
  type Limiter,
  type RateSyncModuleOptions,
} from '@rate-sync/nestjs';

const url = process.env['REDIS_URL'];

export const options: RateSyncModuleOptions = {
  config: {
    stores: { main: url === undefined ? { strategy: 'memory' } : { url } },
    limiters: {
      login_ip: {
        algorithm: 'sliding_window',
        limit: 2,
        windowSeconds: 60,
        failClosed: true,
      },
    },
  },
};

@Controller()
export class LoginController {
  @Post('login')
  @RateLimit('login_ip')
  login(): string {
    return 'welcome';
  }
}

@Controller()
export class ProviderController {
  constructor(
    @InjectLimiter('login_ip') private readonly loginIp: Limiter,
    private readonly rateSync: RateSyncService,
  ) {}

  @Get('injected')
  injected(): Promise<Decision> {
    return this.loginIp.consume('somebody');
  }

  @Get('looked-up')
  lookedUp(): Promise<Decision> {
    return this.rateSync.getLimiter('login_ip').consume('somebody');
  }
}

@Module({
  imports: [RateSyncModule.forRoot(options)],
  controllers: [LoginController, ProviderController],
})
export class AppModule {}
