/** Every error sentence of the adapter that is not about a file, in one place. */

/** A request that cannot be served. `showUser`: worth a dialog, not only a line in the log. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly showUser: boolean;

  constructor(message: string, showUser = false) {
    super(message);
    this.showUser = showUser;
  }
}

export const errors = {
  unknownRequest: (command: string): RequestError => new RequestError(`The request '${command}' is not supported by Chronovisor.`),
  /** A person writes the launch configuration; all other requests are written by the client. */
  badArgument: (request: string, name: string, expected: string): RequestError =>
    (request === 'launch'
      ? new RequestError(`The launch configuration needs '${name}' to be ${expected}: correct it.`, true)
      : new RequestError(`'${request}' needs '${name}' to be ${expected}.`)),
  notLaunched: (): RequestError => new RequestError('No machine is loaded yet: send a launch request first.'),
  alreadyLaunched: (): RequestError => new RequestError('A machine is loaded already: start another debug session for another one.'),
  ended: (): RequestError => new RequestError('This debug session has ended: start another one.'),
  running: (): RequestError => new RequestError('The machine is running: pause it first.'),
  noSuchThread: (id: number): RequestError => new RequestError(`There is no thread ${id}: the machine has one hart, thread 1.`),
  noSuchFrame: (): RequestError => new RequestError('This stack frame is from an earlier stop: ask for the stack trace again.'),
  noSuchSource: (): RequestError => new RequestError('This code is of another debug session: ask for the stack trace again.'),
  noSuchVariable: (): RequestError => new RequestError('This variable is from an earlier stop: ask for the scopes again.'),
  cannotEvaluate: (expression: string, why: string): RequestError => new RequestError(`Cannot evaluate '${expression}': ${why}.`),
  badAddress: (text: string): RequestError =>
    new RequestError(`'${text}' is not an address: write a hexadecimal one such as 0x80000000.`),
} as const;
