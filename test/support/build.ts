import { execFileSync } from 'node:child_process';

/** The command-line tests run `dist`: made anew, or they would test stale code. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
