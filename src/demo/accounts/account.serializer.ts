import { Injectable } from '@nestjs/common';
import type { User } from 'nestjs-gatehouse';
import { SessionSerializer } from 'nestjs-gatehouse/passport';
import type { Account } from './account.js';
import { AccountsService } from './accounts.service.js';

/** Sessions know an account by its id. */
@Injectable()
export class AccountSerializer extends SessionSerializer<Account> {
  constructor(private readonly accounts: AccountsService) {
    super();
  }

  serializeUser({ id }: Account): string {
    return id;
  }

  deserializeUser({ userId }: User): Account | undefined {
    return this.accounts.find(userId);
  }
}
