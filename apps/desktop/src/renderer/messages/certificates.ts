export const certificateMessages = {
  certificate: {
    unknownTitle: (host: string) => `Trust ${host}?`,
    unknownText:
      'No authority that this computer knows vouches for this server’s certificate. Companies that run their own servers often make their own. Ask your administrator for the fingerprint, on another way than this one, and compare: somebody in between could read and change everything. Nothing was sent yet.',
    changedTitle: (host: string) => `The certificate of ${host} has changed`,
    changedText:
      'It is not the one that you trusted. It may have been renewed, or somebody may be in between. Ask your administrator whether the new fingerprint is right. Nothing is sent before you decide.',
    changedShort: (host: string) =>
      `The certificate of ${host} has changed. Nothing is sent there until you have looked at it.`,
    unknownShort: (host: string) =>
      `The certificate of ${host} is not trusted any more. Nothing is sent there until you have looked at it.`,
    refused: {
      forbidden: (host: string) =>
        `The certificate of ${host} is not trusted, and your organisation allows no exceptions. Tell your administrator.`,
      expired: (host: string) =>
        `The certificate of ${host} is not valid at this time. Check this computer’s clock, else tell your administrator: nothing is sent there.`,
      wrong_name: (host: string) =>
        `The certificate that ${host} shows is for another name. Check the address, else tell your administrator: nothing is sent there.`,
      weak: (host: string) =>
        `The certificate of ${host} is too weak to protect anything. Tell your administrator: nothing is sent there.`,
      invalid: (host: string) =>
        `The certificate of ${host} is not valid. Tell your administrator: nothing is sent there.`,
    },
    fingerprint: 'Fingerprint (SHA-256)',
    before: 'The one you trusted',
    issuer: 'Issued by',
    validity: 'Valid',
    from: (from: string, to: string) => `${from} to ${to}`,
    look: 'Look at it…',
    trust: 'Trust this certificate',
    trustNew: 'Trust the new certificate',
    refuse: 'Do not connect',
  },
} as const;
