import { Module } from '@nestjs/common';
import { RateSyncModule } from '@rate-sync/nestjs';

@Module({ imports: [RateSyncModule.forRoot()] })
export class AppModule {}
