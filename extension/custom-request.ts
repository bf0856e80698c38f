/** The custom requests of the debug adapter, with the types of their arguments and answers. */
import type * as vscode from 'vscode';
import type { CustomRequests } from '../debug-adapter/protocol.ts';

export async function customRequest<Name extends keyof CustomRequests>(
  session: vscode.DebugSession, name: Name, args: CustomRequests[Name]['arguments'],
): Promise<CustomRequests[Name]['body']> {
  return (await session.customRequest(name, args)) as CustomRequests[Name]['body'];
}
