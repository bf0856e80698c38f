import { startServer } from './server.ts';
import { launchBrowser, openWorkbench, runCommand } from './workbench.ts';
const t = performance.now();
const theme = (process.argv[2] ?? 'dark') as 'dark' | 'light';
const server = await startServer({ vsix: ['/tmp/h/dummy.vsix'], theme });
console.log('server', server.port, performance.now() - t);
const browser = await launchBrowser();
try {
  const page = await openWorkbench(server, browser, { folder: '/tmp/h/dummy' });
  console.log('workbench', performance.now() - t);
  await runCommand(page, 'Dummy: Hi');
  await page.locator('.notifications-toasts', { hasText: 'hi from the VSIX' }).waitFor();
  await page.screenshot({ path: `/tmp/h/shot-${theme}.png` });
} catch (e) { await browser.contexts()[0]?.pages()[0]?.screenshot({path:'/tmp/h/fail.png'}); console.log(server.output().slice(-1500)); throw e; } finally { await browser.close(); await server.stop(); }
console.log('done', performance.now() - t);
