import { BlockList, isIPv6 } from 'node:net';
import {
  Controller,
  Get,
  Injectable,
  Module,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { RateLimit, RateLimitGuard, RateSyncModule } from '@rate-sync/nestjs';

const internal = new BlockList();
internal.addSubnet('10.0.0.0', 8);
internal.addSubnet('172.16.0.0', 12);
internal.addSubnet('192.168.0.0', 16);
internal.addSubnet('fd00::', 8, 'ipv6');

function isInternal(context: ExecutionContext): boolean {
  const { ip } = context.switchToHttp().getRequest<{ readonly ip: string }>();
  return internal.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

/** No limits for internal addresses. */
@Injectable()
export class ExternalRateLimitGuard extends RateLimitGuard {
  protected override shouldSkip(context: ExecutionContext): boolean {
    return isInternal(context);
  }
}

/** 403 for all others. */
@Injectable()
export class InternalGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return isInternal(context);
  }
}

@Controller()
export class AppController {
  @Get('articles')
  @RateLimit('public')
  articles() {
    return [];
  }

  @Get('admin')
  @UseGuards(InternalGuard)
  admin() {
    return 'internal';
  }
}

@Module({
  imports: [RateSyncModule.forRoot({ globalGuard: false })],
  controllers: [AppController],
  providers: [{ provide: APP_GUARD, useClass: ExternalRateLimitGuard }],
})
export class AppModule {}
