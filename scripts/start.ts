/** Opens VS Code on the sample workspace with the extension of this checkout: the user's own `code`, else a VS Code server on loopback. */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { repository, sampleFolder } from '../test/vscode/paths.ts';
import { quietSettings, startServer } from '../test/vscode/server.ts';
import { onPath } from '../test/tools.ts';
import { vscodeUnsupported } from '../test/vscode/ensure.ts';

const help = `npm start [-- OPTIONS]
Builds Chronovisor and opens VS Code on guests/heisenbug with the extension loaded. Then press F5.

  --server       use the VS Code server in a browser even where \`code\` is installed
  --port PORT    port of that server on 127.0.0.1 (default: any free one)
  --light        light theme (server only)
  --no-build     use dist/ as it is`;

const { values } = parseArgs({
  options: {
    server: { type: 'boolean' }, port: { type: 'string' }, light: { type: 'boolean' }, 'no-build': { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
  },
});

/** The port to listen on, or undefined for any; exits on nonsense. */
function portOption(): number | undefined {
  if (values.port === undefined) return undefined;
  const port = Number(values.port);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  console.error(`--port wants a number from 1 to 65535, not ${values.port}.`);
  process.exit(2);
}

function openDesktop(code: string): void {
  const args = ['--new-window', `--extensionDevelopmentPath=${repository}`, sampleFolder];
  console.log(`Opening ${sampleFolder} in ${code}. Press F5 there to boot the sample; then step backward.`);
  spawn(code, args, { stdio: 'ignore', detached: true, shell: process.platform === 'win32' }).unref();
}

async function openServer(port: number | undefined): Promise<void> {
  const server = await startServer({
    settings: { ...quietSettings, 'debug.openDebug': 'openOnDebugBreak' }, theme: values.light === true ? 'light' : 'dark',
    extensions: [repository], ...(port === undefined ? {} : { port }),
  });
  server.child.once('exit', code => {
    console.error(`VS Code's server ended (${String(code)}).`);
    process.exit(1);
  });
  console.log(`\n  ${server.origin}/?folder=${encodeURIComponent(sampleFolder).replaceAll('%2F', '/')}\n`);
  console.log('Open this address in a browser on this machine and press F5: the sample boots and is recorded; then step backward. Ctrl-C ends it.');
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  await new Promise<void>(resolve => {
    for (const signal of signals) {
      process.removeAllListeners(signal);
      process.on(signal, resolve); // and stay: a second signal must not cut the clean-up short
    }
  });
  server.child.removeAllListeners('exit');
  await server.stop();
  console.log('Stopped.');
}

async function main(): Promise<void> {
  if (values.help === true) {
    console.log(help);
    return;
  }
  const port = portOption();
  const code = values.server === true ? undefined : onPath('code');
  const unsupported = vscodeUnsupported();
  if (code === undefined && unsupported !== false) {
    console.error(`The command \`code\` is not on the PATH (in VS Code: "Shell Command: Install 'code' command in PATH"), and ${unsupported.split(';')[0] ?? ''}.`);
    process.exitCode = 1;
    return;
  }
  if (values['no-build'] !== true) {
    console.log('Building ...');
    execFileSync(process.execPath, ['--import', 'tsx', path.join(repository, 'scripts/build.ts')], { cwd: repository, stdio: 'inherit' });
  }
  if (code === undefined) await openServer(port);
  else openDesktop(code);
}

await main();
