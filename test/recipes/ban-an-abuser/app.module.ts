import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Injectable,
  Module,
  Param,
  Put,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { canonicalIp, InjectLimiter, RateSyncModule, type Limiter } from '@rate-sync/nestjs';

/** 403 for banned addresses, on every route. */
@Injectable()
export class BanGuard implements CanActivate {
  constructor(@InjectLimiter('bans') private readonly bans: Limiter) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { ip } = context.switchToHttp().getRequest<{ readonly ip: string }>();
    const { allowed } = await this.bans.peek(canonicalIp(ip, 64));
    return allowed;
  }
}

@Controller('bans') // for administrators only: add your own guard
export class BansController {
  constructor(@InjectLimiter('bans') private readonly bans: Limiter) {}

  @Put(':address')
  @HttpCode(204)
  async ban(@Param('address') address: string) {
    await this.bans.consume(canonicalIp(address, 64));
  }

  @Delete(':address')
  @HttpCode(204)
  async lift(@Param('address') address: string) {
    await this.bans.reset(canonicalIp(address, 64));
  }
}

@Controller()
export class PageController {
  @Get()
  page() {
    return 'page';
  }
}

@Module({
  imports: [RateSyncModule.forRoot()],
  controllers: [BansController, PageController],
  providers: [{ provide: APP_GUARD, useClass: BanGuard }],
})
export class AppModule {}
