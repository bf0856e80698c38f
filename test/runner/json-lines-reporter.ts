/** A reporter for node:test: one line of JSON (TestOutcome) per test, and `"end"` as the last line, so that a run that broke off is noticed. */
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import type { TestOutcome } from './test-outcome.ts';

type Finished = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

function errorText(event: Finished): string {
  const error = 'error' in event.data.details ? event.data.details.error : undefined;
  // node:test wraps what the test threw.
  return inspect(error?.cause instanceof Error ? error.cause : error, { depth: 8 });
}

function outcomeOf(event: Finished, name: string): TestOutcome | undefined {
  const { details, skip, todo } = event.data;
  const durationMs = details.duration_ms;
  const mark = skip ?? todo;
  if (mark !== undefined && mark !== false) return { name, outcome: 'skipped', durationMs, reason: typeof mark === 'string' ? mark : 'no reason given' };
  if (event.type === 'test:fail') return { name, outcome: 'failed', durationMs, error: errorText(event) };
  // A suite that passes is only the sum of its tests.
  return details.type === 'suite' ? undefined : { name, outcome: 'passed', durationMs };
}

/** A suite, or a test with subtests, that failed only because of one inside: counted there. */
function failedInside(event: Finished): boolean {
  const error = 'error' in event.data.details ? event.data.details.error : undefined;
  return event.type === 'test:fail' && error !== undefined && 'failureType' in error && error.failureType === 'subtestsFailed';
}

export default async function* jsonLines(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  const names: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:start') {
      names.length = event.data.nesting;
      names[event.data.nesting] = event.data.name;
    } else if (event.type === 'test:pass' || event.type === 'test:fail') {
      if (failedInside(event)) continue;
      const outcome = outcomeOf(event, [...names.slice(0, event.data.nesting), event.data.name].join(' > '));
      if (outcome !== undefined) yield `${JSON.stringify(outcome)}\n`;
    }
  }
  yield '"end"\n';
}
