// A tool server on stdin and stdout, as agents start them. `stubborn`: stays at HUP, INT, TERM and end of file, as too
// many do. Never does anything else.
import readline from 'node:readline';

const stubborn = process.argv[2] === 'stubborn';
if (stubborn) {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => {});
  process.stdout.on('error', () => {});
  setInterval(() => {}, 1000);
}
const results = {
  initialize: (ask) => ({
    protocolVersion: ask.params.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'mcp', version: '1' },
  }),
  'tools/list': () => ({
    tools: [{ name: 'nothing', description: 'does nothing', inputSchema: { type: 'object', properties: {} } }],
  }),
  ping: () => ({}),
};
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const ask = JSON.parse(line);
  if (ask.id === undefined) return;
  const known = results[ask.method];
  const answer = known ? { result: known(ask) } : { error: { code: -32601, message: 'no such method' } };
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id: ask.id, ...answer }) + '\n');
});
lines.on('close', () => stubborn || process.exit(0));
