import { Injectable, Module } from '@nestjs/common';
import { RateLimited, RateSyncModule } from '@rate-sync/nestjs';

export interface Mail {
  readonly to: string;
  readonly subject: string;
}

@Injectable()
export class MailService {
  readonly sent: Mail[] = [];

  @RateLimited('mail_api') // waits for its turn, shared by all workers
  async send(mail: Mail): Promise<void> {
    this.sent.push(mail); // yours: call the API
    return Promise.resolve();
  }
}

@Module({ imports: [RateSyncModule.forRoot()], providers: [MailService], exports: [MailService] })
export class WorkerModule {}
