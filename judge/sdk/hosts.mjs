// Points SDKs that know only their vendor's hosts at the sandbox, unpatched:
// Node's default agent for https is replaced by one whose connections to those
// hosts are plain sockets to a loopback port. Anything else is refused, so
// that no test can reach the internet.
import https from 'node:https';
import net from 'node:net';

class Folded extends https.Agent {
  #targets;

  constructor(targets) {
    super({ keepAlive: false });
    this.#targets = targets;
  }

  createConnection(options) {
    const host = options.host ?? options.hostname;
    const target = this.#targets.find(([suffix]) => host === suffix || host.endsWith('.' + suffix));
    if (!target) throw new Error(`the judge reaches no host but the vendors': ${host}`);
    return net.connect(Number(new URL(target[1]).port), '127.0.0.1');
  }
}

/** fold sends every https call to a host below each suffix to a base URL. */
export function fold(targets) {
  https.globalAgent = new Folded(Object.entries(targets));
}
