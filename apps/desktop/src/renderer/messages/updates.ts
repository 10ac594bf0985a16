export const updateMessages = {
  updates: {
    title: 'Updates',
    version: (version: string) => `Parley ${version}`,
    ready: (version: string) => `Parley ${version} is ready.`,
    required: (version: string) =>
      `This version of Parley is too old to go on with. Parley ${version} is ready.`,
    available: (version: string) =>
      `Parley ${version} is there. Install it the way Parley came onto this computer.`,
    returned: (failed: string) =>
      `Parley ${failed} did not start on this computer, so the version before it is back. Nothing is lost.`,
    restart: 'Restart to update',
    restarting: 'Restarting…',
    later: 'Later',
    dismiss: 'OK',
    whatsNew: 'What is new',
    notesTitle: (version: string) => `New in Parley ${version}`,
    noNotes: 'Nothing was written about this version.',
    released: (day: string) => `Released on ${day}`,
    check: 'Check now',
    checking: 'Checking…',
    downloading: (version: string, percent: number) => `Parley ${version}: ${percent} % downloaded`,
    upToDate: (when: string) => `You have the newest version. Checked at ${when}.`,
    unknown: 'Parley looks for a new version from time to time.',
    off: 'Your organisation brings new versions itself.',
    notTaken: (version: string) => `Parley ${version} did not start here and is not tried again.`,
    failures: {
      no_server: 'New versions come from your server. Connect to one first.',
      unreachable: 'The server could not be asked. Parley tries again by itself.',
      refused:
        'What the server offers is not a genuine Parley for this computer. It was not taken.',
      damaged: 'The new version arrived damaged and was thrown away. Parley tries again by itself.',
      not_installed: 'The new version could not be put in place. Is there room on the disk?',
    },
    channel: 'Versions',
    channels: { stable: 'Tried and tested', beta: 'Early, for those who try them' },
  },
} as const;
