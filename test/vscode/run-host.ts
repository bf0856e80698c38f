/**
 * Installs the packaged extension into the headless VS Code and runs test/e2e/suite in its extension host.
 * `--result FILE` leaves the outcome there as JSON.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleSuite } from './bundle-suite.ts';
import { runHostSuite } from './host-suite.ts';
import { outputFolder, packagedExtension, sampleFolder } from './paths.ts';
import { clickDebugToolbar, webviewFrame } from './workbench.ts';

const { values } = parseArgs({ options: { result: { type: 'string' } } });
const output = outputFolder();

const result = await runHostSuite({
  server: { vsix: [packagedExtension()] },
  testsPath: await bundleSuite(),
  folder: sampleFolder,
  failureScreenshot: path.join(output, 'host-failure.png'),
  timeoutMs: 240_000,
  userInterface: {
    clickDebugToolbar,
    webviewText: async (page, selector) => (await webviewFrame(page, selector)).locator(selector).first().innerText(),
    screenshot: (page, name) => page.screenshot({ path: path.join(output, `${name}.png`) }).then(() => true),
  },
});
if (values.result !== undefined) writeFileSync(values.result, JSON.stringify(result));
if (!result.tests.some(test => test.outcome === 'passed') || result.tests.some(test => test.outcome === 'failed')) process.exitCode = 1;
