/** Where flags are asked for: services and templates, and the servers inside, each started once. */

import { parseServer, type Site, site } from '../flags/services.js';
import type { FlagServer } from '../server/flag-server.js';

export class Sites {
  /** By the text that stands for them. */
  readonly #opened = new Map<string, Promise<Site>>();
  readonly #servers: FlagServer[] = [];

  /** The sites that texts of `--server` stand for. Rejects if a server inside cannot be started. */
  of(texts: readonly string[]): Promise<readonly Site[]> {
    return Promise.all(
      texts.map((text) => {
        const opening = this.#opened.get(text) ?? this.#open(text);
        this.#opened.set(text, opening);
        return opening;
      }),
    );
  }

  /** The hosts and ports of the servers inside that run, in the form of `no_proxy`. */
  get hostsInside(): string {
    return this.#servers.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#opened.values());
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  async #open(text: string): Promise<Site> {
    const parsed = parseServer(text)!;
    if (parsed.kind === 'site') return parsed;
    const { openFlagServer } = await import('../server/flag-server.js');
    const server = await openFlagServer(parsed);
    this.#servers.push(server);
    const inside = site(parsed.label, `${server.url}/{cc}/{cc}.gif`, true);
    return { ...inside, alias: [server.url, 'local:/flags'] };
  }
}
