'use strict';
// The least that Electron can be: one window of the size of Parley's with one word in it.
const { app, BrowserWindow } = require('electron');
const path = require('node:path');

app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, webPreferences: { sandbox: true } });
  return window.loadFile(path.join(__dirname, 'index.html'));
});
