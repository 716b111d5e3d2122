// Starts the sandbox as anyone would: the built command, a configuration file,
// one line of JSON when it is ready. Knows no SDK.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

// binary is the command to judge: TIEOUT_BIN, or built from this checkout.
function binary(folder) {
  if (process.env.TIEOUT_BIN) return process.env.TIEOUT_BIN;
  const path = join(folder, 'tieout');
  execFileSync('go', ['build', '-o', path, './cmd/tieout'], { cwd: root, stdio: 'inherit' });
  return path;
}

/** Inbox receives webhooks on a port of its own and keeps the raw bodies. */
export class Inbox {
  #server;
  #arrived = [];
  #waiting = [];
  status = 200;

  async open() {
    this.#server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (c) => chunks.push(c));
      request.on('end', () => {
        const status = typeof this.status === 'function' ? this.status(request, Buffer.concat(chunks)) : this.status;
        response.writeHead(status).end();
        this.#arrived.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks), status });
        this.#waiting.splice(0).forEach((wake) => wake());
      });
    });
    await new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** next resolves with the first delivery, arrived or to come, that fits. */
  async next(fits, milliseconds = 15000) {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const found = this.#arrived.find(fits);
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no such webhook; arrived: ${this.#arrived.map((a) => a.path + ' ' + a.body.toString().slice(0, 200)).join('\n')}`);
      await new Promise((done) => {
        const timer = setTimeout(done, left);
        this.#waiting.push(() => { clearTimeout(timer); done(); });
      });
    }
  }

  close() { this.#server.closeAllConnections(); this.#server.close(); }
}

/** start serves a configuration and resolves with what the ready line says. */
export async function start(config) {
  const folder = mkdtempSync(join(tmpdir(), 'judge-sdk-'));
  const file = join(folder, 'sandbox.json');
  writeFileSync(file, JSON.stringify({ control: { listen: '127.0.0.1:0' }, ...config }));
  const child = spawn(binary(folder), ['sandbox', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (c) => { said += c; });
  const ready = await new Promise((done, fail) => {
    createInterface({ input: child.stdout }).once('line', (line) => done(JSON.parse(line)));
    child.once('exit', (code) => fail(new Error(`the sandbox ended with ${code}: ${said}`)));
  });
  const stop = () => new Promise((done) => {
    child.once('exit', done);
    child.kill('SIGTERM');
  }).finally(() => rmSync(folder, { recursive: true, force: true }));
  /** control calls the control API. */
  const control = async (method, path, body) => {
    const answer = await fetch(ready.control.url + path, {
      method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json' },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return { ready, stop, control };
}
