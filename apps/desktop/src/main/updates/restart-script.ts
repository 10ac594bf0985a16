import { spawn } from 'node:child_process';

/**
 * Starts the app once the running one has ended: two at a time would fight over the profile. Where what it starts does
 * not take away the file of the trial, it is ended and started once more, and then the version before is put back. A
 * process of its own has to see to it: a version that cannot even be started cannot see to anything.
 */
const script = `
going=$1 app=$2 before=$3 trial=$4 patience=$5
shift 5
waited=0
while kill -0 "$going" 2>/dev/null; do
  [ "$waited" -lt 150 ] || kill -9 "$going" 2>/dev/null
  sleep 0.2
  waited=$((waited + 1))
done
for start in 1 2; do
  "$app" "$@" &
  started=$!
  waited=0
  while [ -e "$trial" ] && kill -0 "$started" 2>/dev/null && [ "$waited" -lt "$patience" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  [ -e "$trial" ] || exit 0
  if kill "$started" 2>/dev/null; then sleep 2; kill -9 "$started" 2>/dev/null; fi
done
[ ! -e "$before" ] || mv -f "$before" "$app"
exec "$app" "$@"
`;

export type Restart = {
  /** The process that ends. */
  pid: number;
  /** The file that is started, and its arguments. */
  file: string;
  args: readonly string[];
  /** What takes the place of the file when it twice shows nothing. */
  kept: string;
  /** Gone as soon as the new version shows something. */
  trialPath: string;
  patienceSeconds: number;
};

/** Sees to it, in a process that outlives this one, that the app starts again. Returns its number. */
export function startAfterwards(restart: Restart): number | undefined {
  const { pid, file, args, kept, trialPath, patienceSeconds } = restart;
  const child = spawn(
    '/bin/sh',
    ['-c', script, 'parley', String(pid), file, kept, trialPath, String(patienceSeconds), ...args],
    { detached: true, stdio: 'ignore' },
  );
  child.unref();
  return child.pid;
}

/** What the app is started with again: not what was meant for one start alone. */
export function argumentsAgain(argv: readonly string[]): string[] {
  const once = /^--(?:hidden|new-message|server=.*)$/;
  return argv.slice(1).filter((argument) => argument.startsWith('--') && !once.test(argument));
}
