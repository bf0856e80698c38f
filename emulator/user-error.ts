/** An operating error: one sentence that says what, where and what to do. Shown without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
