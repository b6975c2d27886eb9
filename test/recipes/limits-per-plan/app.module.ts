import {
  Controller,
  Get,
  Injectable,
  Module,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { RateLimit, RateSyncModule, type RateLimitContext } from '@rate-sync/nestjs';

interface ApiRequest {
  readonly headers: { readonly authorization?: string };
  user?: { readonly id: string; readonly plan: 'free' | 'paid' };
}

// Yours: read and verify the token.
@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ApiRequest>();
    const [id, plan] = request.headers.authorization?.replace('Bearer ', '').split('.') ?? [];
    if (id === undefined || (plan !== 'free' && plan !== 'paid')) throw new UnauthorizedException();
    request.user = { id, plan };
    return true;
  }
}

const byPlan = ({ request }: RateLimitContext<ApiRequest>) =>
  `plan_${request.user?.plan ?? 'free'}`;

@Controller('search')
export class SearchController {
  @Get()
  @RateLimit({ limiter: byPlan })
  search() {
    return [];
  }
}

@Module({
  imports: [RateSyncModule.forRoot()],
  controllers: [SearchController],
  // A global guard of the root module runs before the one of RateSyncModule.
  providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
})
export class AppModule {}
