/** What the suite in the extension host leaves in $TEST_RESULT_FILE. */
export interface HostTest {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** Error with stack of a failed test. */
  readonly error?: string;
}

export interface HostResult {
  readonly tests: readonly HostTest[];
}
