import { Controller, Sse, UseGuards, type MessageEvent } from '@nestjs/common';
import { SessionGuard } from 'nestjs-gatehouse';
import { map, timer, type Observable } from 'rxjs';

const SECOND_MS = 1_000;

/** A stream of events, which ends with the session that asked for it. */
@Controller()
@UseGuards(SessionGuard)
export class ClockController {
  @Sse('clock')
  tell(): Observable<MessageEvent> {
    return timer(0, SECOND_MS).pipe(map(() => ({ data: { now: new Date().toISOString() } })));
  }
}
