/** The dialogs that the app opens, one at a time. */
export type DialogName =
  | 'switcher'
  | 'createChannel'
  | 'browse'
  | 'newDirect'
  | 'invite'
  | 'people'
  | 'workspaceSettings'
  | 'status'
  | 'pause'
  | 'profile'
  | 'preferences'
  | 'devices'
  | 'password'
  | 'shortcuts'
  | 'releaseNotes'
  | 'signOut';
