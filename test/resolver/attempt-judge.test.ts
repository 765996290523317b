import { expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import type { Attempt } from '../../src/resolver/attempt.js';
import { AttemptJudge } from '../../src/resolver/attempt-judge.js';
import { PendingQuery } from '../../src/resolver/query.js';
import { QueryQueue } from '../../src/resolver/query-queue.js';
import { UpstreamSet } from '../../src/resolver/upstream-set.js';

it('a connection that breaks under several attempts for a name counts once', () => {
  const queue = new QueryQueue(20);
  const upstreams = new UpstreamSet([], 0);
  const judge = new AttemptJudge({ upstreams, queue, tries: 5, timeout: 3000 });
  const question = new PendingQuery('slow.example', TYPE.A, { onAnswer() {} }, false);
  let excused = 0;
  const attempt = (startedAt: number) =>
    ({
      question,
      startedAt,
      channel: { breaks: { likelyRun: 0 } },
      excuse: () => excused++,
    }) as unknown as Attempt;
  judge.requeue([attempt(100), attempt(900), attempt(1700)], 2000);
  expect([queue.size, question.noteBreak(0), excused]).toEqual([1, 1, 3]);
});
