/** One test as the runner counts it. */
export interface TestOutcome {
  /** Names of the enclosing suites and of the test. */
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** Why it was skipped. */
  readonly reason?: string;
  /** Error with stack. */
  readonly error?: string;
}
