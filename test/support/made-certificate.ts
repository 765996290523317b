import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate of a server, made for the test and signed by itself; both in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Makes one with openssl, good for a day. `names` are as openssl wants them: `DNS:a.example`. */
export function makeCertificate(
  names: readonly string[] = ['DNS:dns.example', 'IP:127.0.0.1'],
): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'flagprobe-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const what = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const who = ['-subj', '/CN=flagprobe test', '-addext', `subjectAltName=${names.join(',')}`];
  try {
    const args = ['req', ...what, ...who, '-days', '1', '-keyout', key, '-out', cert];
    execFileSync('openssl', args, { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
