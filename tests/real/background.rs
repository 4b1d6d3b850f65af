//! Real programs as background jobs, and a wrapped one whose terminal goes away before it is fetched back: a page that is
//! served, a login on another machine, an editor in two panes, a server that crashes.
//!
//! Everything has its own world: home, records, tmux server, sshd, ports. Never: signals what it did not start.

use crate::contrib::Promise;
use crate::harness::eventually::{LONG, eventually, holds, within};
use crate::harness::shells::skip;
use crate::harness::{Id, Run, Shell, Term, World, needs};
use crate::seat::Seat;
use crate::{ssh, tmux};
use std::net::TcpListener;
use std::path::PathBuf;

pub(crate) const ALL: &[Promise] = &[
    ("npm run dev of a vite page", false, page),
    ("a node server that crashes", false, crashing),
    ("ssh to this machine", false, remote),
    ("vim in two panes of tmux", false, two_panes),
    ("vim, its pane killed, taken back", false, taken_back),
];

fn free_port() -> String {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    free.port().to_string()
}

/// Everybody of this world who is no guard of ours.
fn everybody(world: &World) -> Vec<(String, Id)> {
    let all = world.ours().into_iter().filter(|one| !one.comm.starts_with("pj-"));
    all.map(|one| (one.comm.clone(), one.id())).collect()
}

/// Stops it, after which at once nobody of these lives, and its guard neither.
fn stopped(world: &World, name: &str, these: &[(String, Id)]) {
    world.pj(&["stop", name]).go().code(0);
    let left: Vec<_> = these.iter().filter(|(_, id)| id.alive()).collect();
    assert!(left.is_empty(), "pj stop has returned, and these live: {left:?}");
    world.no_guards();
}

fn fetch(world: &World, url: &str) -> Option<String> {
    let done = Run::new(world, "curl", &["-sf", "--max-time", "10", url]).go();
    done.status.success().then(|| String::from_utf8_lossy(&done.out).into_owned())
}

/// Where `tests/run` has installed it; no test downloads anything.
fn vite() -> PathBuf {
    let told = std::env::var_os("PJ_VITE").map(PathBuf::from);
    told.unwrap_or_else(|| crate::harness::world::bin().join("../vite/node_modules"))
}

/// As `npm create vite` leaves it.
fn page() -> bool {
    let is_here = vite().join("vite/package.json").is_file();
    if !needs("npm") || !needs("curl") || !(is_here || skip("vite is not installed (tests/run real does)")) {
        return false;
    }
    let world = World::new();
    let (dir, port) = (world.path("page"), free_port());
    std::fs::create_dir(&dir).expect("a directory");
    std::os::unix::fs::symlink(vite(), dir.join("node_modules")).expect("a link");
    for (name, text) in [
        ("package.json", r#"{"name":"page","private":true,"type":"module","scripts":{"dev":"vite"}}"#),
        ("index.html", r#"<div id="app"></div><script type="module" src="/main.ts"></script>"#),
        ("main.ts", "const told: string = 'from vite'\ndocument.title = told\n"),
        ("vite.config.js", "export default { cacheDir: '.vite' }\n"),
    ] {
        std::fs::write(dir.join(name), text).expect("a file");
    }
    let start = ["run", "-q", "--name", "web", "--cwd", &world.text("page"), "--", "npm", "run", "dev", "--"];
    world.pj(&[&start[..], &["--host", "127.0.0.1", "--strictPort", "--port", &port]].concat()).go().code(0);
    world.pj(&["wait", "web", "--for", "port", &port, "--timeout", "60s"]).go().code(0);
    let of = |path: &str| fetch(&world, &format!("http://127.0.0.1:{port}/{path}")).unwrap_or_default();
    assert!(of("").contains("/@vite/client"), "the page: {}", of(""));
    let script = of("main.ts");
    assert!(script.contains("from vite") && !script.contains(": string"), "esbuild has had it: {script}");
    let these = everybody(&world);
    assert!(["node", "esbuild"].iter().all(|name| these.iter().any(|(comm, _)| comm == name)), "{these:?}");
    stopped(&world, "web", &these);
    true
}

const CRASHING: &str = "
require('http').createServer((request, answer) => {
  if (request.url === '/crash') throw new Error('as asked');
  answer.end(String(process.pid));
}).listen(Number(process.argv[2]), '127.0.0.1');
";

fn crashing() -> bool {
    if !needs("node") || !needs("curl") {
        return false;
    }
    let (world, port) = (World::new(), free_port());
    std::fs::write(world.path("server.js"), CRASHING).expect("a script");
    let start = ["run", "-q", "--name", "web", "--restart", "on-failure", "--backoff", "50ms", "node"];
    world.pj(&[&start[..], &[&world.text("server.js"), &port]].concat()).go().code(0);
    let url = |path: &str| format!("http://127.0.0.1:{port}/{path}");
    let mut pids = Vec::new();
    for crashes in 0..3 {
        world.pj(&["wait", "web", "--for", "port", &port, "--timeout", "30s"]).go().code(0);
        pids.push(eventually("it answers", || fetch(&world, &url(""))));
        assert_eq!(world.job("web").json["restarts"].as_u64(), Some(crashes));
        if crashes < 2 {
            assert_eq!(fetch(&world, &url("crash")), None, "it crashes");
            holds("it was run again", || world.job("web").json["restarts"].as_u64() == Some(crashes + 1));
        }
    }
    pids.dedup();
    assert_eq!(pids.len(), 3, "each time another process");
    assert!(world.pj(&["log", "web"]).go().code(0).text().contains("as asked"), "it is in the log why");
    stopped(&world, "web", &everybody(&world));
    true
}

fn remote() -> bool {
    if !ssh::ready() {
        return false;
    }
    let world = World::new();
    let (rc, text) = Shell::Bash.rc();
    std::fs::write(world.home().join(rc), text).expect("an rc file");
    let line = ssh::client(&world, Shell::Bash);
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    world.pj(&[&["run", "-q", "--name", "far"], &words[..]].concat()).go().code(0);
    let attach = || Term::command(&world, &["pj", "attach", "far"]);
    let mut first = attach();
    first.type_("\r");
    first.expect("ready> ");
    first.line("stty size; echo far$((40 + 2))");
    first.expect("24 80");
    first.expect("far42");
    first.type_("\x1d");
    first.expect("detached from");
    assert!(first.wait().success());
    let mut second = attach();
    second.line("echo still $((40 + 3))");
    second.expect("still 43");
    let client = world.job("far").identity("root").expect("the client");
    stopped(&world, "far", &[("ssh".to_owned(), client)]);
    assert!(second.ended_within(std::time::Duration::from_secs(10)), "who was attached is told and leaves");
    true
}

/// Another pane beside the first, with a shell at its prompt.
fn pane(world: &World) {
    tmux::ask(world, &[&["split-window", "-h", "-t", "main:0"], Shell::Bash.argv()].concat());
    shows(world, "main:0.1", "ready>");
}

fn keys(world: &World, pane: &str, keys: &[&str]) {
    tmux::ask(world, &[&["send-keys", "-t", pane], keys].concat());
}

fn shows(world: &World, pane: &str, text: &str) {
    let mut last = String::new();
    let shown = within(LONG, || {
        last = tmux::ask(world, &["capture-pane", "-p", "-t", pane]);
        last.contains(text).then_some(())
    });
    assert!(shown.is_some(), "{pane} never showed {text:?}; it shows\n{last}");
}

/// A shell in a tmux of the world's.
fn in_tmux(world: &World) -> Option<Seat> {
    if !needs("tmux") || !needs("vim") {
        return None;
    }
    let (rc, text) = Shell::Bash.rc();
    std::fs::write(world.home().join(rc), text).expect("an rc file");
    let mut seat = tmux::alone(world, Shell::Bash);
    seat.the_term().expect("ready> ");
    Some(seat)
}

fn two_panes() -> bool {
    let world = World::new();
    let Some(_seat) = in_tmux(&world) else { return false };
    keys(&world, "main:0.0", &["pj run -q --name ed vim -u NONE -N file && pj attach ed", "Enter"]);
    shows(&world, "main:0.0", "~");
    keys(&world, "main:0.0", &["itold in the first", "Escape"]);
    shows(&world, "main:0.0", "told in the first");
    keys(&world, "main:0.0", &["C-]"]);
    shows(&world, "main:0.0", "detached from");
    pane(&world);
    keys(&world, "main:0.1", &["pj attach ed", "Enter"]);
    shows(&world, "main:0.1", "told in the first");
    keys(&world, "main:0.1", &["oand in the second", "Escape", ":wq", "Enter"]);
    shows(&world, "main:0.1", "has exited with 0");
    let file = std::fs::read_to_string(world.home().join("file")).expect("it was written");
    assert_eq!(file, "told in the first\nand in the second\n");
    world.no_guards();
    true
}

fn taken_back() -> bool {
    let world = World::new();
    let Some(_seat) = in_tmux(&world) else { return false };
    pane(&world);
    keys(&world, "main:0.0", &["pj-wrap --name ed --reattach 20s vim -u NONE -N file", "Enter"]);
    shows(&world, "main:0.0", "~");
    keys(&world, "main:0.0", &["inever saved", "Escape"]);
    shows(&world, "main:0.0", "never saved");
    tmux::ask(&world, &["kill-pane", "-t", "main:0.0"]);
    holds("it is on record as detached", || {
        let said = world.pj(&["list", "ed", "--json"]).go().text();
        said.contains("\"detached\"")
    });
    keys(&world, "main:0.0", &["pj attach ed", "Enter"]);
    shows(&world, "main:0.0", "never saved");
    keys(&world, "main:0.0", &["onow it is", "Escape", ":wq", "Enter"]);
    shows(&world, "main:0.0", "has exited with 0");
    let file = std::fs::read_to_string(world.home().join("file")).expect("it was written");
    assert_eq!(file, "never saved\nnow it is\n");
    world.no_guards();
    true
}
