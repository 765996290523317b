import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The command-line tests run the built command: an old build would test old code. */
export default function build(): void {
  if (isBuilt()) return;
  const start = new Date();
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  // A source that was changed while it was built must count as newer than the build.
  for (const path of filesOf('dist')) utimesSync(`${root}dist/${path}`, start, start);
}

/** Whether dist holds a file for each file of src and the command, none of them older, and nothing else. */
function isBuilt(): boolean {
  const sources = filesOf('src')
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => path.replace(/\.ts$/, '.js'));
  const built = filesOf('dist').filter((path) => path.endsWith('.js'));
  const [bundled, modules] = [built.filter(isBundled), built.filter((path) => !isBundled(path))];
  if (bundled.length === 0 || sources.sort().join() !== modules.sort().join()) return false;
  const newest = Math.max(
    ...filesOf('src').map((path) => changedAt(`src/${path}`)),
    ...['tsconfig.json', 'tsconfig.build.json', 'scripts/bundle.js'].map(changedAt),
  );
  return newest < Math.min(...built.map((path) => changedAt(`dist/${path}`)));
}

const isBundled = (path: string) => /^command[\\/]/.test(path);

function filesOf(folder: string): string[] {
  try {
    const files = readdirSync(root + folder, { recursive: true, withFileTypes: true });
    return files
      .filter((file) => file.isFile())
      .map((file) => `${file.parentPath}/${file.name}`.slice(root.length + folder.length + 1));
  } catch {
    return [];
  }
}

function changedAt(path: string): number {
  return statSync(root + path).mtimeMs;
}
