import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { messages } from '../src/renderer/messages.ts';
import { selfSigned, type TestCertificate } from '../test/certificate.ts';
import { setupToken } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
import { Attaching, isDrawn } from './support/attaching.ts';
import { expect, test } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { pictureOf } from './support/pictures.ts';
import { TlsFront } from './support/tls-front.ts';

const fingerprintOf = ({ cert }: TestCertificate) => new X509Certificate(cert).fingerprint256;
const { certificate: words } = messages;

test('a server with a certificate of its own is asked about once, and again when that has changed', async ({
  server,
}) => {
  const profile = `certificate-${Date.now()}`;
  const [first, second] = [selfSigned(), selfSigned()];
  const front = await TlsFront.start(first, server.url);
  const host = new URL(front.url).host;

  let app = await PackedApp.launch({ profile, server: `${front.url}?setup=${setupToken}` });
  const olive = new Person(app.page, 'Olive Owner');
  await expect(app.page.getByRole('heading', { name: words.unknownTitle(host) })).toBeVisible();
  await expect(app.page.getByText(fingerprintOf(first))).toBeVisible();
  await expectAccessible(app.page, 'the question about a certificate');
  await app.page.getByRole('button', { name: words.refuse }).click();
  await expect(app.page.getByLabel(messages.signIn.server)).toBeVisible();
  expect(front.used, 'sent before a decision').toBe(0);

  await olive.connectTo(`${front.url}/?setup=${setupToken}`);
  await app.page.getByRole('button', { name: words.trust, exact: true }).click();
  await olive.setUpWorkspace('Northwind');
  await olive.say('Over a certificate of our own');
  await olive.hears('Over a certificate of our own');
  const attaching = new Attaching(olive);
  await attaching.choose(pictureOf('before.png', 300, 200));
  await attaching.areReady(1);
  await attaching.send();
  const image = (name: string) => app.page.getByRole('button', { name: messages.files.open(name) });
  await isDrawn(image('before.png').locator('img'));

  // Another one, by the company or by somebody in between.
  front.use(second);
  await expect(app.page.getByText(words.changedShort(host))).toBeVisible();
  await olive.say('Written meanwhile');
  await app.page.getByRole('button', { name: words.look }).click();
  const dialog = app.page.getByRole('dialog');
  await expect(dialog.getByText(fingerprintOf(first))).toBeVisible();
  await expect(dialog.getByText(fingerprintOf(second))).toBeVisible();
  await expectAccessible(app.page, 'the notice of another certificate');
  await dialog.getByRole('button', { name: words.refuse }).click();
  await app.page.waitForTimeout(5_000);
  expect(front.used, 'sent before a decision').toBe(0);

  await app.page.getByRole('button', { name: words.look }).click();
  await dialog.getByRole('button', { name: words.trustNew }).click();
  await olive.isIn();
  const late = olive.message('Written meanwhile');
  await expect(late.getByText(messages.message.waiting)).toBeHidden();
  await expect(app.page.getByText(words.changedShort(host))).toBeHidden();
  await attaching.choose(pictureOf('after.png', 300, 200, 1));
  await attaching.areReady(1);
  await attaching.send();
  await isDrawn(image('after.png').locator('img'));
  await app.quit();

  // Nobody is asked again, and the one before is not good any more.
  app = await PackedApp.launch({ profile });
  await new Person(app.page, 'Olive Owner').isIn();
  front.use(first);
  await expect(app.page.getByText(words.changedShort(host))).toBeVisible();
  expect(front.used).toBe(0);
  await app.quit();
  await front.stop();
});

test('a certificate that has expired or is for another name is refused, and there is no way around', async ({
  server,
}) => {
  const profile = `bad-certificate-${Date.now()}`;
  const front = await TlsFront.start(selfSigned({ days: -1 }), server.url);
  const host = new URL(front.url).host;
  const app = await PackedApp.launch({ profile, server: front.url });
  await expect(app.page.getByText(words.refused.expired(host))).toBeVisible();
  await expect(app.page.getByRole('button', { name: words.trust })).toHaveCount(0);
  front.use(selfSigned({ names: 'DNS:elsewhere.example' }));
  await new Person(app.page, 'Olive Owner').connectTo(front.url);
  await expect(app.page.getByText(words.refused.wrong_name(host))).toBeVisible();
  expect(front.used).toBe(0);
  await app.quit();
  await front.stop();
});

test('with a policy that allows no exceptions nobody is asked', async ({ server }, info) => {
  const profile = `strict-certificate-${Date.now()}`;
  const front = await TlsFront.start(selfSigned(), server.url);
  const policy = info.outputPath('policy.json');
  await writeFile(policy, JSON.stringify({ certificateExceptions: false }));
  const environment = { PARLEY_POLICY_FILE: policy };
  const app = await PackedApp.launch({ profile, server: front.url, environment });
  const host = new URL(front.url).host;
  await expect(app.page.getByText(words.refused.forbidden(host))).toBeVisible();
  expect(front.used).toBe(0);
  await app.quit();
  await front.stop();
});
