// A sweep when a terminal of VS Code closes: copy this folder to ~/.vscode/extensions/pj-sweep-0.1.0.
//
// Does: ends what wrapped jobs left behind whose guards are gone; detached, so that closing the window does not stop it.
// Fires: when a terminal is closed or its shell ends, by the extension API. Settings and tasks cannot: a task runs at
//   folderOpen, never at a close. Reloading the window keeps terminals and fires nothing, and when VS Code itself quits,
//   the extension host may be gone first: keep a timer.
// Run here: NOT RUN; only parsed. What VS Code does to a terminal is tested with its node-pty (tests/real).
const { spawn } = require('child_process');
const vscode = require('vscode');

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.window.onDidCloseTerminal(() => {
      const sweep = spawn('pj-sweep', ['-q'], { detached: true, stdio: 'ignore' });
      sweep.on('error', () => {}); // pj is not installed here
      sweep.unref();
    }),
  );
};
