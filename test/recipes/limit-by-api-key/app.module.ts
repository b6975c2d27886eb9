import { Controller, Get, Module } from '@nestjs/common';
import { RateLimit, RateSyncModule } from '@rate-sync/nestjs';

@Controller('api')
@RateLimit('api_key', 'api_address')
export class ApiController {
  @Get('orders')
  orders() {
    return [];
  }
}

@Module({ imports: [RateSyncModule.forRoot()], controllers: [ApiController] })
export class AppModule {}
