import './without-eval.ts';
import { mount, tick } from 'svelte';
import './ui/styles/fonts.css';
import './ui/styles/tokens.css';
import './ui/styles/base.css';
import { createBridge } from './bridge/bridge.ts';
import { messages } from './messages.ts';
import App from './shell/App.svelte';
import { Device } from './shell/device.svelte.ts';
import { reportTrouble } from './shell/trouble.ts';
import { Workspaces } from './shell/workspaces.svelte.ts';
import { showTheme } from './ui/theme.ts';

/** Everything that is known before the first paint: what runs here, and how it should look. */
async function boot(target: HTMLElement): Promise<void> {
  const bridge = createBridge(performance.timeOrigin);
  const [info, settings] = await Promise.all([
    bridge.call('app.info', {}),
    bridge.call('settings.get', {}),
  ]);
  showTheme(settings.theme, document.documentElement)();
  const workspaces = new Workspaces(new Device(bridge, info, settings));
  mount(App, { target, props: { workspaces } });
  await workspaces.start();
  await tick();
  bridge.call('app.rendered', {}).catch((error: unknown) => {
    reportTrouble('the desktop was not told that the app is there', error);
  });
}

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');
try {
  await boot(target);
} catch (error) {
  reportTrouble('the app could not start', error);
  target.textContent = `${messages.bootFailed.title}. ${messages.bootFailed.text}`;
}
