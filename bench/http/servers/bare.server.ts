import { Controller, Get, Module } from '@nestjs/common';
import { accountOf, toMe, type Me } from '../visitors.js';
import type { BenchServer } from './bench-server.js';

@Controller()
class MeController {
  @Get('me')
  me(): Me {
    return toMe({ ...accountOf(0), since: 1_795_388_700_000 });
  }
}

@Module({ controllers: [MeController] })
class BareModule {}

/** Nest on Express and nothing else. */
export const bare = (): BenchServer => ({ module: BareModule });
