import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { Args, Context, GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { canonicalIp, InjectLimiter, RateSyncModule, type Limiter } from '@rate-sync/nestjs';
import { GraphQLError } from 'graphql';

interface GraphQLContext {
  readonly req: { readonly ip: string };
}

@Resolver()
export class BooksResolver {
  constructor(@InjectLimiter('book_search') private readonly bookSearch: Limiter) {}

  @Query(() => [String])
  async books(
    @Args('title', { type: () => String }) title: string,
    @Context() { req }: GraphQLContext,
  ) {
    const { allowed, retryAfterMs } = await this.bookSearch.consume(canonicalIp(req.ip, 64));
    if (!allowed) {
      throw new GraphQLError('Too many requests.', {
        extensions: { code: 'RATE_LIMITED', retryAfterMs },
      });
    }
    return [title];
  }
}

@Module({
  imports: [
    RateSyncModule.forRoot(),
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
  ],
  providers: [BooksResolver],
})
export class AppModule {}
