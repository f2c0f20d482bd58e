import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { randomUUID } from 'node:crypto';
import type { Account } from './account.js';
import { DEMO_USERS } from './demo-users.js';

/** The demo's users, in memory: a changed password is forgotten when the process ends. */
@Injectable()
export class AccountsService implements OnModuleInit {
  private readonly accounts = new Map<string, Account>();
  private readonly hashes = new Map<string, string>();
  /** Of a password that nobody has, so that an unknown user costs what a known one does. */
  private nobodysHash: string;

  async onModuleInit(): Promise<void> {
    this.nobodysHash = await hash(randomUUID());
    for (const { password, ...account } of DEMO_USERS) {
      this.accounts.set(account.id, account);
      await this.setPassword(account.id, password);
    }
  }

  find(id: string): Account | undefined {
    return this.accounts.get(id);
  }

  async authenticate(id: string, password: string): Promise<Account | undefined> {
    const matches = await verify(this.hashes.get(id) ?? this.nobodysHash, password);
    return matches ? this.find(id) : undefined;
  }

  async setPassword(id: string, password: string): Promise<void> {
    this.hashes.set(id, await hash(password));
  }
}
