import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { Account } from '../accounts/account.js';
import { AccountsService } from '../accounts/accounts.service.js';

/** User name and password from the body, as a form or as JSON. */
@Injectable()
export class PasswordStrategy extends PassportStrategy(Strategy) {
  constructor(private readonly accounts: AccountsService) {
    super();
  }

  async validate(username: string, password: string): Promise<Account | false> {
    return (await this.accounts.authenticate(username, password)) ?? false;
  }
}
